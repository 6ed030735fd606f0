"""Archived habits, pauses, timed sessions, timers and goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import AddConstraint
from tests.migrations.two_revisions import (
    HABITS,
    NEW_ON_HABITS,
    NEW_TABLES,
    SESSIONS,
    indexes,
    indexes_of_sessions,
    is_new,
    items,
    modelled,
)
from tests.migrations.two_revisions.rebuild import rebuild_table

revision = "trackercore_0002"
down_revision: str | None = "trackercore_0001"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    sessions = modelled(SESSIONS)
    if op.get_context().dialect.name == "sqlite":
        old = [column.name for column in sessions.columns if not is_new(column)]
        rebuild_table(SESSIONS, old, *items(sessions), indexes=indexes_of_sessions(new=False))
    else:
        for item in filter(is_new, items(sessions)):
            if isinstance(item, sa.Column):
                op.add_column(SESSIONS, sa.Column(item.name, item.type))
            else:
                sessions.append_constraint(item)
                op.execute(AddConstraint(item))
    for name, columns in indexes_of_sessions(new=True).items():
        op.create_index(name, SESSIONS, columns)
    op.add_column(HABITS, sa.Column(NEW_ON_HABITS, sa.Date()))
    for table in map(modelled, NEW_TABLES):
        op.create_table(table.name, *items(table))
        for name, columns in indexes(table).items():
            op.create_index(name, table.name, columns)
