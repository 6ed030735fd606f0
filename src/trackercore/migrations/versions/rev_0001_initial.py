"""The first schema."""

# Until 0.1.0 is released, every change to the tables edits this revision.

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem, conv

from trackercore.backends.owned_key import OwnedKey
from trackercore.table_prefix import prefixed

revision = "trackercore_0001"
down_revision: str | None = None
branch_labels: tuple[str, ...] | None = ("trackercore",)
depends_on: str | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_TEXT_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        prefixed("users"),
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("hashed_password", sa.String(255)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("day_starts_at", sa.Integer(), nullable=False),
        _extra(),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        _extra_check("users"),
        sa.PrimaryKeyConstraint("id", name=_named("pk", "users")),
        _unique("users", "email"),
        _check("users", "email_lower_case", "email = lower(email)"),
        _check("users", "week_starts_on", "week_starts_on BETWEEN 1 AND 7"),
        _check("users", "day_starts_at", "day_starts_at BETWEEN 0 AND 1439"),
        sqlite_autoincrement=True,
    )
    _create_owned_table(
        "categories",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", _TEXT_KEY, nullable=False),
        _unique("categories", "user_id", "name_key"),
    )
    _create_owned_table(
        "tasks",
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("title_key", _TEXT_KEY, nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("description_key", _TEXT_KEY),
        sa.Column("category_id", _ID),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("completed_at", _INSTANT),
        sa.Column("completed_on", sa.Date()),
        sa.Column("due_date", sa.Date()),
        sa.Column("due_at", _INSTANT),
        sa.Column("due_day", sa.Date()),
        sa.Column("starts_on", sa.Date()),
        sa.Column("priority", sa.SmallInteger()),
        sa.Column("estimate_minutes", sa.Integer()),
        sa.Column("parent_id", _ID),
        sa.Column("time_of_day", sa.Time()),
        sa.Column(
            "possible_parent_id",
            _ID,
            sa.Computed("CASE WHEN parent_id IS NULL THEN id END", persisted=True),
        ),
        sa.Column("recurrence", sa.Text()),
        sa.Column("repeats_from", sa.String(10)),
        sa.Column("recurrence_start", sa.Date()),
        sa.Column("recurrence_time", sa.Time()),
        sa.Column("starts_days_before", sa.Integer()),
        sa.Column("occurrence_date", sa.Date()),
        sa.Column("occurrence_number", sa.Integer()),
        sa.Column("reopened_at", _INSTANT),
        sa.Column("archived_at", _INSTANT),
        sa.Column("position", _ID, nullable=False),
        sa.Column("external_id", sa.String(255)),
        _refers("tasks", "category_id", "categories", ondelete=None),
        _unique("tasks", "user_id", "possible_parent_id"),
        _refers("tasks", "parent_id", "tasks", key="possible_parent_id"),
        _check("tasks", "priority", "priority BETWEEN 1 AND 9"),
        _check("tasks", "estimate_minutes", "estimate_minutes >= 1"),
        _check("tasks", "no_subtask_repeats", "parent_id IS NULL OR recurrence IS NULL"),
        _check(
            "tasks",
            "recurrence",
            "(recurrence IS NULL) = (repeats_from IS NULL)"
            " AND (recurrence IS NULL) = (recurrence_start IS NULL)"
            " AND (recurrence IS NULL) = (occurrence_date IS NULL)"
            " AND (recurrence IS NOT NULL OR occurrence_number IS NULL)"
            " AND (recurrence IS NOT NULL OR recurrence_time IS NULL)"
            " AND (recurrence IS NOT NULL OR starts_days_before IS NULL)"
            " AND (recurrence IS NULL OR due_day IS NOT NULL)",
        ),
        _check("tasks", "occurrence_number", "occurrence_number >= 1"),
        _check("tasks", "starts_days_before", "starts_days_before >= 0"),
        _check("tasks", "repeats_from", "repeats_from IN ('due', 'completion')"),
        _unique("tasks", "user_id", "external_id"),
        _check("tasks", "one_due", "due_date IS NULL OR due_at IS NULL"),
        _check(
            "tasks",
            "due_day",
            "(due_day IS NULL) = (due_date IS NULL AND due_at IS NULL)"
            " AND (due_date IS NULL OR due_date = due_day)",
        ),
        _check("tasks", "completed_at_only_if_completed", "completed OR completed_at IS NULL"),
        _check("tasks", "completed_on", "(completed_on IS NULL) = (completed_at IS NULL)"),
    )
    for columns in (
        ["category_id", "id"],
        ["completed", "id"],
        ["completed", "due_day", "id"],
        ["due_day", "id"],
        ["completed", "position", "id"],
        ["completed", "completed_at", "id"],
        ["created_at", "id"],
        ["completed_on"],
        ["completed", "priority", "id"],
    ):
        _create_index("tasks", "user_id", *columns)
    _create_index("tasks", "user_id", "parent_id", "position", "id", where="parent_id IS NOT NULL")
    _create_index(
        "tasks",
        "user_id",
        "repeats_from",
        "completed",
        name="repeats",
        where="repeats_from IS NOT NULL",
    )
    op.create_table(
        prefixed("task_occurrences"),
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("task_id", _ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occurrence_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("due_date", sa.Date()),
        sa.Column("due_at", _INSTANT),
        sa.Column("due_day", sa.Date()),
        sa.Column("starts_on", sa.Date()),
        sa.Column("due_time_zone", sa.String(64)),
        sa.Column("completed_at", _INSTANT),
        sa.Column("completed_on", sa.Date()),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(
            "user_id", "task_id", "number", name=_named("pk", "task_occurrences")
        ),
        _refers("task_occurrences", "task_id", "tasks"),
        _check("task_occurrences", "status", "status IN ('completed', 'skipped')"),
        _check("task_occurrences", "one_due", "due_date IS NULL OR due_at IS NULL"),
        _check("task_occurrences", "due_time_zone", "(due_time_zone IS NULL) = (due_at IS NULL)"),
        _check(
            "task_occurrences",
            "completed_at",
            "(status = 'completed' OR completed_at IS NULL)"
            " AND (completed_on IS NULL) = (completed_at IS NULL)",
        ),
    )
    for index, column in {"by_completion": "completed_on", "by_due_day": "due_day"}.items():
        _create_index("task_occurrences", "user_id", column, "task_id", name=index)
    _create_owned_table(
        "habits",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", _TEXT_KEY, nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("description_key", _TEXT_KEY),
        sa.Column("category_id", _ID),
        *_schedule(),
        sa.Column("unit", sa.String(50)),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("longest_streak", sa.Integer(), nullable=False),
        sa.Column("streak_alive_through", sa.Date()),
        sa.Column("streak_grows_from", sa.Date()),
        sa.Column("streak_misses", sa.Integer(), nullable=False),
        sa.Column("earlier_streaks", _JSON),
        sa.Column("external_id", sa.String(255)),
        sa.Column("starting_streak", sa.Integer()),
        sa.Column("starting_streak_on", sa.Date()),
        sa.Column("schedule_from", sa.Date()),
        sa.Column("archived_on", sa.Date()),
        sa.Column("position", _ID, nullable=False),
        _refers("habits", "category_id", "categories", ondelete=None),
        _unique("habits", "user_id", "external_id"),
        *_schedule_checks("habits"),
        _check(
            "habits",
            "streaks",
            "streak >= 0 AND longest_streak >= streak AND streak_misses >= 0",
        ),
        _check(
            "habits",
            "starting_streak",
            "(starting_streak IS NULL) = (starting_streak_on IS NULL)"
            " AND (starting_streak IS NULL OR starting_streak >= 1)",
        ),
    )
    _create_index("habits", "user_id", "category_id", "id")
    _create_table_of_habits(
        "habit_schedules", "effective_from", *_schedule(), *_schedule_checks("habit_schedules")
    )
    _create_table_of_habits(
        "habit_pauses",
        "starts_on",
        sa.Column("ends_on", sa.Date()),
        sa.Column("reason", sa.Text()),
        _check("habit_pauses", "in_order", "ends_on >= starts_on"),
    )
    op.create_table(
        prefixed("user_pauses"),
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("user_id", "starts_on", name=_named("pk", "user_pauses")),
        _belongs_to_user("user_pauses"),
        _check("user_pauses", "in_order", "ends_on >= starts_on"),
    )
    _create_table_of_habits(
        "check_ins",
        "day",
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        _check("check_ins", "status", "status IN ('done', 'skipped')"),
        _check("check_ins", "amount", "amount >= 0 AND (status = 'done' OR amount = 0)"),
    )
    _create_owned_table(
        "topics",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", _TEXT_KEY, nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("external_id", sa.String(255)),
        sa.Column("archived_at", _INSTANT),
        _unique("topics", "user_id", "name_key"),
        _unique("topics", "user_id", "external_id"),
    )
    _create_owned_table(
        "sessions",
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("study_date", sa.Date(), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("external_id", sa.String(255)),
        sa.Column("started_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("part_of", _ID),
        _refers("sessions", "topic_id", "topics"),
        _refers("sessions", "part_of", "sessions"),
        _unique("sessions", "user_id", "external_id"),
        _check(
            "sessions",
            "times",
            "(started_at IS NULL) = (ended_at IS NULL)"
            " AND (started_at IS NULL OR started_at < ended_at)",
        ),
        _check(
            "sessions",
            "part_of",
            "part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id)",
        ),
        _check("sessions", "duration_seconds", "duration_seconds BETWEEN 1 AND 93600"),
    )
    for index, columns in {
        "day": ["study_date", "id", "topic_id", "duration_seconds", "part_of"],
        "time": ["started_at", "ended_at"],
        "part": ["part_of"],
        "topic": ["topic_id", "study_date", "duration_seconds"],
    }.items():
        _create_index("sessions", "user_id", *columns, name=f"by_{index}")
    _create_owned_table(
        "tags",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", _TEXT_KEY, nullable=False),
        _unique("tags", "user_id", "name_key"),
    )
    for entity, entities in (("task", "tasks"), ("habit", "habits"), ("session", "sessions")):
        table, column = f"{entity}_tags", f"{entity}_id"
        op.create_table(
            prefixed(table),
            *(
                sa.Column(name, _ID, autoincrement=False, nullable=False)
                for name in ("user_id", column, "tag_id")
            ),
            sa.PrimaryKeyConstraint("user_id", column, "tag_id", name=_named("pk", table)),
            _refers(table, column, entities),
            _refers(table, "tag_id", "tags"),
        )
        _create_index(table, "user_id", "tag_id", column)
    op.create_table(
        prefixed("timers"),
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("notes", sa.Text()),
        sa.PrimaryKeyConstraint("user_id", name=_named("pk", "timers")),
        _belongs_to_user("timers"),
        _refers("timers", "topic_id", "topics"),
    )
    op.create_table(
        prefixed("study_goals"),
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("topic_key", _ID, autoincrement=False, nullable=False),
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("topic_id", _ID),
        sa.Column("minutes", sa.Integer()),
        sa.PrimaryKeyConstraint(
            "user_id", "topic_key", "weekday", "effective_from", name=_named("pk", "study_goals")
        ),
        _belongs_to_user("study_goals"),
        _refers("study_goals", "topic_id", "topics"),
        _check("study_goals", "topic_key", "topic_key = coalesce(topic_id, 0)"),
        _check("study_goals", "weekday", "weekday BETWEEN 0 AND 7"),
        _check(
            "study_goals",
            "minutes",
            "minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0)",
        ),
    )


def _create_owned_table(name: str, *items: SchemaItem) -> None:
    op.create_table(
        prefixed(name),
        sa.Column("id", _ID, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        *items,
        _extra(),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        _extra_check(name),
        OwnedKey("user_id", "id", name=_named("pk", name)),
        _belongs_to_user(name),
    )


def _create_table_of_habits(name: str, day: str, *items: SchemaItem) -> None:
    op.create_table(
        prefixed(name),
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("habit_id", _ID, autoincrement=False, nullable=False),
        sa.Column(day, sa.Date(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("user_id", "habit_id", day, name=_named("pk", name)),
        _refers(name, "habit_id", "habits"),
    )


def _extra() -> SchemaItem:
    return sa.Column("extra", sa.Text(), server_default="{}", nullable=False)


def _extra_check(table: str) -> SchemaItem:
    return _check(table, "extra", "substr(extra, 1, 1) = '{' AND length(extra) <= 16384")


def _schedule() -> tuple[SchemaItem, ...]:
    return (
        sa.Column("frequency", sa.String(50), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger()),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("counts", sa.String(10), nullable=False),
        sa.Column("day_minimum", sa.Integer()),
        sa.Column("allowed_misses", sa.Integer(), nullable=False),
    )


def _schedule_checks(table: str) -> tuple[SchemaItem, ...]:
    return (
        _check(
            table,
            "target",
            "target >= 0 AND (target >= 1 OR direction = 'at_most')"
            " AND (counts = 'amount' OR target % 1000 = 0)",
        ),
        _check(table, "direction", "direction IN ('at_least', 'at_most')"),
        _check(table, "counts", "counts IN ('amount', 'days')"),
        _check(
            table,
            "day_minimum",
            "day_minimum IS NULL OR (day_minimum >= 1 AND counts = 'days')",
        ),
        _check(table, "allowed_misses", "allowed_misses BETWEEN 0 AND 1000"),
        _check(
            table, "frequency", "frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'yearly')"
        ),
        _check(
            table,
            "weekdays",
            "(frequency IN ('weekdays')) = (weekdays IS NOT NULL)"
            " AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)",
        ),
        _check(table, "every", "every BETWEEN 1 AND 1000"),
        _check(table, "week_starts_on", "week_starts_on BETWEEN 1 AND 7"),
    )


def _create_index(
    table: str, *columns: str, name: str | None = None, where: str | None = None
) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(
        _named("ix", table, name or "_".join(columns)),
        prefixed(table),
        [*columns],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _named(kind: str, table: str, *of: str) -> conv:
    """The name of a constraint or index of a table, both without the prefix."""
    # conv: it stays this, whatever the naming convention of a host's metadata.
    return conv("_".join([kind, prefixed(table), *of]))


def _belongs_to_user(table: str) -> SchemaItem:
    return sa.ForeignKeyConstraint(
        ["user_id"],
        [f"{prefixed('users')}.id"],
        name=_named("fk", table, "user_id"),
        ondelete="CASCADE",
    )


def _refers(
    table: str, column: str, target: str, *, key: str = "id", ondelete: str | None = "CASCADE"
) -> SchemaItem:
    return sa.ForeignKeyConstraint(
        ["user_id", column],
        [f"{prefixed(target)}.user_id", f"{prefixed(target)}.{key}"],
        name=_named("fk", table, "user_id", column),
        ondelete=ondelete,
    )


def _unique(table: str, *columns: str) -> SchemaItem:
    return sa.UniqueConstraint(*columns, name=_named("uq", table, *columns))


def _check(table: str, name: str, condition: str) -> SchemaItem:
    return sa.CheckConstraint(condition, name=_named("ck", table, name))
