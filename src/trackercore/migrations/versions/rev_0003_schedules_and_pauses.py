"""Schedules that change, pauses and archived habits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem, conv

revision = "trackercore_0003"
down_revision: str | None = "trackercore_0002"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WEEKDAYS = (
    "(frequency = 'weekdays') = (weekdays IS NOT NULL)"
    " AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)"
)
_INTERVAL_DAYS = (
    "(frequency = 'interval') = (interval_days IS NOT NULL)"
    " AND (interval_days IS NULL OR interval_days BETWEEN 1 AND 1000)"
)


def upgrade() -> None:
    # CHECKs on the columns, where SQLite can add them without rebuilding the table.
    weekdays = sa.CheckConstraint(_WEEKDAYS, name=conv("ck_habits_weekdays"))
    interval_days = sa.CheckConstraint(_INTERVAL_DAYS, name=conv("ck_habits_interval_days"))
    with op.batch_alter_table("habits") as habits:
        habits.add_column(sa.Column("weekdays", sa.SmallInteger(), weekdays))
        habits.add_column(sa.Column("interval_days", sa.Integer(), interval_days))
        habits.add_column(sa.Column("schedule_from", sa.Date()))
        habits.add_column(sa.Column("archived_on", sa.Date()))
    _create_table_of_habits(
        "habit_schedules",
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("frequency", sa.String(50), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger()),
        sa.Column("interval_days", sa.Integer()),
        sa.CheckConstraint("target >= 1", name=conv("ck_habit_schedules_target")),
        sa.CheckConstraint(
            "frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'interval')",
            name=conv("ck_habit_schedules_frequency"),
        ),
        sa.CheckConstraint(_WEEKDAYS, name=conv("ck_habit_schedules_weekdays")),
        sa.CheckConstraint(_INTERVAL_DAYS, name=conv("ck_habit_schedules_interval_days")),
    )
    _create_table_of_habits(
        "habit_pauses",
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.CheckConstraint("ends_on >= starts_on", name=conv("ck_habit_pauses_in_order")),
    )


def _create_table_of_habits(name: str, key: sa.Column[object], *items: SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("habit_id", _ID, autoincrement=False, nullable=False),
        key,
        *items,
        sa.PrimaryKeyConstraint("user_id", "habit_id", key.name, name=conv(f"pk_{name}")),
        sa.ForeignKeyConstraint(
            ["user_id", "habit_id"],
            ["habits.user_id", "habits.id"],
            name=conv(f"fk_{name}_user_id_habit_id_habits"),
            ondelete="CASCADE",
        ),
    )
