"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem, conv

revision = "trackercore_0001"
down_revision: str | None = None
branch_labels: tuple[str, ...] | None = ("trackercore",)
depends_on: str | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("hashed_password", sa.String(255)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("day_starts_at", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=conv("pk_users")),
        sa.UniqueConstraint("email", name=conv("uq_users_email")),
        sa.CheckConstraint("email = lower(email)", name=conv("ck_users_email_lower_case")),
        sa.CheckConstraint("week_starts_on BETWEEN 1 AND 7", name=conv("ck_users_week_starts_on")),
        sa.CheckConstraint("day_starts_at BETWEEN 0 AND 1439", name=conv("ck_users_day_starts_at")),
        sqlite_autoincrement=True,
    )
    _create_owned_table(
        "categories",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.UniqueConstraint("user_id", "name_key", name=conv("uq_categories_user_id_name_key")),
    )
    _create_owned_table(
        "habits",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("frequency", sa.String(50), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("longest_streak", sa.Integer(), nullable=False),
        sa.Column("streak_alive_through", sa.Date()),
        sa.Column("external_id", sa.String(255)),
        sa.UniqueConstraint("user_id", "external_id", name=conv("uq_habits_user_id_external_id")),
        sa.CheckConstraint("target >= 1", name=conv("ck_habits_target")),
        sa.CheckConstraint("week_starts_on BETWEEN 1 AND 7", name=conv("ck_habits_week_starts_on")),
        sa.CheckConstraint(
            "frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'interval')",
            name=conv("ck_habits_frequency"),
        ),
        sa.CheckConstraint(
            "streak >= 0 AND longest_streak >= streak", name=conv("ck_habits_streaks")
        ),
    )
    op.create_table(
        "check_ins",
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("habit_id", _ID, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "habit_id", "day", name=conv("pk_check_ins")),
        sa.ForeignKeyConstraint(
            ["user_id", "habit_id"],
            ["habits.user_id", "habits.id"],
            name=conv("fk_check_ins_user_id_habit_id_habits"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("status IN ('done', 'skipped')", name=conv("ck_check_ins_status")),
        sa.CheckConstraint("amount >= 1", name=conv("ck_check_ins_amount")),
    )
    _create_owned_table(
        "tasks",
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("category_id", _ID),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("completed_at", _INSTANT),
        sa.Column("due_date", sa.Date()),
        sa.Column("due_at", _INSTANT),
        sa.Column("external_id", sa.String(255)),
        sa.ForeignKeyConstraint(
            ["user_id", "category_id"],
            ["categories.user_id", "categories.id"],
            name=conv("fk_tasks_user_id_category_id_categories"),
        ),
        sa.UniqueConstraint("user_id", "external_id", name=conv("uq_tasks_user_id_external_id")),
        sa.CheckConstraint("due_date IS NULL OR due_at IS NULL", name=conv("ck_tasks_one_due")),
        sa.CheckConstraint(
            "completed OR completed_at IS NULL",
            name=conv("ck_tasks_completed_at_only_if_completed"),
        ),
    )
    op.create_index("ix_tasks_user_id_category_id_id", "tasks", ["user_id", "category_id", "id"])
    op.create_index("ix_tasks_user_id_completed_id", "tasks", ["user_id", "completed", "id"])
    _create_owned_table(
        "topics",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("external_id", sa.String(255)),
        sa.UniqueConstraint("user_id", "name_key", name=conv("uq_topics_user_id_name_key")),
        sa.UniqueConstraint("user_id", "external_id", name=conv("uq_topics_user_id_external_id")),
    )
    _create_owned_table(
        "sessions",
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("study_date", sa.Date(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("external_id", sa.String(255)),
        sa.ForeignKeyConstraint(
            ["user_id", "topic_id"],
            ["topics.user_id", "topics.id"],
            name=conv("fk_sessions_user_id_topic_id_topics"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("user_id", "external_id", name=conv("uq_sessions_user_id_external_id")),
        sa.CheckConstraint(
            "duration_minutes BETWEEN 1 AND 1560", name=conv("ck_sessions_duration_minutes")
        ),
    )
    op.create_index(
        "ix_sessions_by_day",
        "sessions",
        ["user_id", "study_date", "id", "topic_id", "duration_minutes"],
    )
    op.create_index(
        "ix_sessions_by_topic",
        "sessions",
        ["user_id", "topic_id", "study_date", "duration_minutes"],
    )


def _create_owned_table(name: str, *items: SchemaItem) -> None:
    columns: list[SchemaItem] = [item for item in items if isinstance(item, sa.Column)]
    op.create_table(
        name,
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        *columns,
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=conv(f"pk_{name}")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=conv(f"fk_{name}_user_id_users"), ondelete="CASCADE"
        ),
        *(item for item in items if not isinstance(item, sa.Column)),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ux_{name}_user_id_id", name, ["user_id", "id"], unique=True)
