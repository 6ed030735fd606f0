"""The tables as they might have been."""

from __future__ import annotations

from alembic import op
from tests.migrations.two_revisions import (
    HABITS,
    NEW_ON_HABITS,
    NEW_TABLES,
    SESSIONS,
    indexes_of_sessions,
    is_new,
    items,
    modelled,
)

from trackercore.migrations.versions import rev_0001_initial

revision = "trackercore_0001"
down_revision: str | None = None
branch_labels: tuple[str, ...] | None = ("trackercore",)
depends_on: str | None = None


def upgrade() -> None:
    rev_0001_initial.upgrade()
    for table in (*NEW_TABLES, SESSIONS):
        op.drop_table(table)
    op.drop_column(HABITS, NEW_ON_HABITS)
    op.create_table(SESSIONS, *(i for i in items(modelled(SESSIONS)) if not is_new(i)))
    for name, columns in indexes_of_sessions(new=False).items():
        op.create_index(name, SESSIONS, columns)
