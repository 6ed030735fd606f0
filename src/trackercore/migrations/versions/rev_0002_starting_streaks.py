"""Starting streaks, which the habits of adopted databases have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import conv

revision = "trackercore_0002"
down_revision: str | None = "trackercore_0001"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

# On the column, where SQLite can add it without rebuilding the table.
_BOTH_OR_NEITHER = sa.CheckConstraint(
    "(starting_streak IS NULL) = (starting_streak_on IS NULL)"
    " AND (starting_streak IS NULL OR starting_streak >= 1)",
    name=conv("ck_habits_starting_streak"),
)


def upgrade() -> None:
    with op.batch_alter_table("habits") as habits:
        habits.add_column(sa.Column("starting_streak", sa.Integer()))
        habits.add_column(sa.Column("starting_streak_on", sa.Date(), _BOTH_OR_NEITHER))
