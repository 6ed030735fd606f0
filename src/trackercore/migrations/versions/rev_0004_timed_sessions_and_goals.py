"""Timed sessions, timers and study goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError
from sqlalchemy.schema import SchemaItem, conv

revision = "trackercore_0004"
down_revision: str | None = "trackercore_0003"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_TIMES = (
    "(started_at IS NULL) = (ended_at IS NULL) AND (started_at IS NULL OR started_at < ended_at)"
)
_PART_OF = "part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id)"
_OLD = (
    "id",
    "user_id",
    "topic_id",
    "study_date",
    "duration_minutes",
    "notes",
    "external_id",
    "created_at",
)


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _rebuild_sessions()
    else:
        _alter_sessions()
    op.create_index("ix_sessions_by_time", "sessions", ["user_id", "started_at", "ended_at"])
    op.create_index("ix_sessions_by_part", "sessions", ["user_id", "part_of"])
    op.create_table(
        "timers",
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("notes", sa.Text()),
        sa.PrimaryKeyConstraint("user_id", name=conv("pk_timers")),
        _to_users("timers"),
        _to_topics("timers"),
    )
    op.create_table(
        "study_goals",
        sa.Column("user_id", _ID, autoincrement=False, nullable=False),
        sa.Column("topic_key", _ID, autoincrement=False, nullable=False),
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("topic_id", _ID),
        sa.Column("minutes", sa.Integer()),
        sa.PrimaryKeyConstraint(
            "user_id", "topic_key", "weekday", "effective_from", name=conv("pk_study_goals")
        ),
        _to_users("study_goals"),
        _to_topics("study_goals"),
        sa.CheckConstraint(
            "topic_key = coalesce(topic_id, 0)", name=conv("ck_study_goals_topic_key")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 7", name=conv("ck_study_goals_weekday")),
        sa.CheckConstraint(
            "minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0)",
            name=conv("ck_study_goals_minutes"),
        ),
    )


def _alter_sessions() -> None:
    op.add_column("sessions", sa.Column("started_at", _INSTANT))
    op.add_column("sessions", sa.Column("ended_at", _INSTANT))
    op.add_column("sessions", sa.Column("part_of", _ID))
    op.execute(
        "ALTER TABLE sessions ADD CONSTRAINT uq_sessions_user_id_id"
        " UNIQUE USING INDEX ux_sessions_user_id_id"
    )
    op.create_foreign_key(
        conv("fk_sessions_user_id_part_of_sessions"),
        "sessions",
        "sessions",
        ["user_id", "part_of"],
        ["user_id", "id"],
        ondelete="CASCADE",
    )
    op.create_check_constraint(conv("ck_sessions_times"), "sessions", _TIMES)
    op.create_check_constraint(conv("ck_sessions_part_of"), "sessions", _PART_OF)


def _rebuild_sessions() -> None:
    """SQLite cannot add a foreign key of two columns: https://www.sqlite.org/lang_altertable.html."""
    of_the_host = [] if context.is_offline_mode() else _look_at_sessions(op.get_bind())
    op.create_table(
        "sessions_0004",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("topic_id", _ID, nullable=False),
        sa.Column("study_date", sa.Date(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("external_id", sa.String(255)),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("part_of", _ID),
        sa.PrimaryKeyConstraint("id", name=conv("pk_sessions")),
        _to_users("sessions"),
        _to_topics("sessions"),
        sa.ForeignKeyConstraint(
            ["user_id", "part_of"],
            ["sessions.user_id", "sessions.id"],
            name=conv("fk_sessions_user_id_part_of_sessions"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("user_id", "id", name=conv("uq_sessions_user_id_id")),
        sa.UniqueConstraint("user_id", "external_id", name=conv("uq_sessions_user_id_external_id")),
        sa.CheckConstraint(_TIMES, name=conv("ck_sessions_times")),
        sa.CheckConstraint(_PART_OF, name=conv("ck_sessions_part_of")),
        sa.CheckConstraint(
            "duration_minutes BETWEEN 1 AND 1560", name=conv("ck_sessions_duration_minutes")
        ),
        sqlite_autoincrement=True,
    )
    columns = ", ".join(_OLD)
    for statement in (
        f"INSERT INTO sessions_0004 ({columns}) SELECT {columns} FROM sessions",  # noqa: S608
        # The last id given out, though its row may be gone.
        "DELETE FROM sqlite_sequence WHERE name = 'sessions_0004'",
        (
            "INSERT INTO sqlite_sequence (name, seq)"
            " SELECT 'sessions_0004', seq FROM sqlite_sequence WHERE name = 'sessions'"
        ),
        "DROP TABLE sessions",
        # Else SQLite would look through the host's views, which miss the table now.
        "PRAGMA legacy_alter_table=ON",
        "ALTER TABLE sessions_0004 RENAME TO sessions",
        "PRAGMA legacy_alter_table=OFF",
    ):
        op.execute(statement)
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
    for statement in of_the_host:
        op.get_bind().exec_driver_sql(statement)


def _look_at_sessions(connection: sa.Connection) -> list[str]:
    """See that nothing goes with the old table but a host's indexes and triggers; these, as SQL."""
    if connection.scalar(sa.text("PRAGMA foreign_keys")):
        raise CommandError(
            "nothing was changed: with foreign keys on, SQLite would delete what refers to sessions"
            " while the table is rebuilt. Let Database.upgrade or `python -m trackercore upgrade`"
            " do it, or execute PRAGMA foreign_keys=OFF before Alembic begins its transaction"
        )
    there = connection.scalars(sa.text("SELECT name FROM pragma_table_xinfo('sessions')")).all()
    if unknown := sorted(set(there) - set(_OLD)):
        raise CommandError(
            "nothing was changed: SQLite has to rebuild sessions, which would lose columns that"
            f" trackercore did not make: {', '.join(unknown)}. Move them to a table of your own"
        )
    statements = connection.scalars(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'sessions' AND sql IS NOT NULL"
            " AND type IN ('index', 'trigger') AND name NOT IN"
            " ('ux_sessions_user_id_id', 'ix_sessions_by_day', 'ix_sessions_by_topic')"
            " ORDER BY type, name"
        )
    )
    return list(statements)


def _to_users(table: str) -> SchemaItem:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=conv(f"fk_{table}_user_id_users"), ondelete="CASCADE"
    )


def _to_topics(table: str) -> SchemaItem:
    return sa.ForeignKeyConstraint(
        ["user_id", "topic_id"],
        ["topics.user_id", "topics.id"],
        name=conv(f"fk_{table}_user_id_topic_id_topics"),
        ondelete="CASCADE",
    )
