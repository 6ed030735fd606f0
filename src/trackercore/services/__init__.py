"""The functions applications call, one module per entity.

Each takes the SQLAlchemy session first and the owner's id second. It may flush and never commits:
the caller's `with get_session()` is the transaction. A row of another user is `NotFound`, exactly
like no row. What depends on the clock takes `now`, an aware datetime.
"""

from trackercore.services import categories, habits, study_sessions, tasks, topics, users
from trackercore.services._shared.pages import Page
from trackercore.services.overview import overview

__all__ = [
    "Page",
    "categories",
    "habits",
    "overview",
    "study_sessions",
    "tasks",
    "topics",
    "users",
]
