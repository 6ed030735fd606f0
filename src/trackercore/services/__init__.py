"""The functions that applications call: one module per entity, and `overview`.

All of them share these rules and arguments:

- `session`, the caller's, comes first, or `TypeError` is raised. A function may flush and never
  commits: the caller's `with get_session()` is the transaction. `SessionInUse` is raised while
  another thread or task uses the session.
- `user_id`, the owner, comes second. `NotFound` is raised for a user who does not exist, and for
  an id that belongs to no row of theirs; only a `find` of all rows returns an empty page, and a
  `count` of them 0.
- `data` is an instance of the schema in the signature, or `TypeError` is raised. An `update`
  changes the fields that are set in it; the others stay.
- Other arguments of a wrong type or out of range raise `pydantic.ValidationError`, before any SQL.
- `now` is an aware datetime, by default the current time. Today is the user's local day at `now`.
- `start` and `end` are days, and both are included. An `end` before the `start` is a
  `pydantic.ValidationError`.
- A `find` returns a page of the rows that meet every condition given, and `count` says how many do:
  `external_id` is their key in another system, `extra` has entries that theirs has too (text, ints
  and bools, by their types and values), `limit` is the most rows on the page, 1..1000, and
  `after` is the page before, or its `next`. No page follows the last one: it is empty.
  `InvalidCursor` is raised for a page of another query.
- `order_by` names what a `find` sorts by; a minus in front, as in "-created", reverses the order.
  Equal rows are in the order of their ids, and rows without a value come last, in both directions.
"""

from trackercore.services import categories, habits, study_sessions, tags, tasks, topics, users
from trackercore.services._shared.pages import Page
from trackercore.services.overview import overview
from trackercore.sessions.use import check_sessions

__all__ = [
    "Page",
    "categories",
    "habits",
    "overview",
    "study_sessions",
    "tags",
    "tasks",
    "topics",
    "users",
]


def __dir__() -> list[str]:
    return __all__


check_sessions(categories, habits, study_sessions, tags, tasks, topics, users)
