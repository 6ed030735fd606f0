"""`Database.differences`: what the tables have that the models have not, and the reverse."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import CheckConstraint, Column, Index, MetaData, String
from sqlalchemy.schema import CreateIndex

from tests.migrations.support import Tracker, each_place
from tests.migrations.two_revisions import NEW_ON_HABITS
from tests.support.names import named, named_sql
from trackercore import Base, Database

pytestmark = pytest.mark.slow

Change = Callable[[MetaData], None]


def copy_of_the_models() -> MetaData:
    copy = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(copy)
    return copy


def drop(table: str, name: str) -> Change:
    """Leave out a constraint or an index."""

    def change(metadata: MetaData) -> None:
        there = metadata.tables[named(table)]
        indexes = {item for item in there.indexes if item.name == named(name)}
        constraints = {item for item in there.constraints if item.name == named(name)}
        assert len(indexes | constraints) == 1
        there.indexes -= indexes
        there.constraints -= constraints

    return change


def delete_no_children(metadata: MetaData) -> None:
    for key in metadata.tables[named("check_ins")].foreign_key_constraints:
        key.ondelete = None


# A change to the tables, and the differences it makes.
CHANGES: dict[str, tuple[Change, list[str]]] = {
    "column": (
        lambda metadata: metadata.tables[named("tasks")].append_column(Column("color", String(20))),
        ["column tasks.color is not in the models"],
    ),
    "type": (
        lambda metadata: setattr(metadata.tables[named("tasks")].c.title, "type", String(20)),
        ["column tasks.title: type is VARCHAR(length=20), not String(length=255)"],
    ),
    "null": (
        lambda metadata: setattr(metadata.tables[named("tasks")].c.title, "nullable", True),
        ["column tasks.title: nullable is True, not False"],
    ),
    "default": (
        lambda metadata: setattr(metadata.tables[named("tasks")].c.extra, "server_default", None),
        ["column tasks.extra has no default, not '{}'"],
    ),
    "index": (
        drop("sessions", "ix_sessions_by_day"),
        ["index sessions.ix_sessions_by_day is missing"],
    ),
    "another check": (
        lambda metadata: metadata.tables[named("tasks")].append_constraint(
            CheckConstraint("title <> ''", name="title")
        ),
        ["check tasks.ck_tasks_title is not in the models"],
    ),
    "another index": (
        lambda metadata: metadata.tables[named("tasks")].append_column(
            Column("color", String(20), index=True)
        ),
        [
            "column tasks.color is not in the models",
            "index tasks.ix_tasks_color is not in the models",
        ],
    ),
    "unique": (
        drop("tasks", "uq_tasks_user_id_external_id"),
        ["constraint tasks.uq_tasks_user_id_external_id is missing"],
    ),
    "check": (drop("tasks", "ck_tasks_one_due"), ["check tasks.ck_tasks_one_due is missing"]),
    "foreign key": (
        drop("sessions", "fk_sessions_user_id_topic_id"),
        ["fk sessions.fk_sessions_user_id_topic_id is missing"],
    ),
    "what becomes of children": (
        delete_no_children,
        [
            "fk check_ins.fk_check_ins_user_id_habit_id is missing",
            "fk check_ins.fk_check_ins_user_id_habit_id is not in the models",
        ],
    ),
    "table": (
        lambda metadata: metadata.remove(metadata.tables[named("check_ins")]),
        ["table check_ins is missing"],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_difference_from_the_models_is_named(what: str, tracker: Tracker) -> None:
    change, words = CHANGES[what]
    changed = copy_of_the_models()
    change(changed)
    with tracker.writing() as connection:
        changed.create_all(connection)
    assert tracker.database().differences() == list(map(named, words))


def test_another_primary_key_is_a_difference(backend: str, tracker: Tracker) -> None:
    tracker.database().init()
    if backend == "postgresql":
        change = "ALTER TABLE timers DROP CONSTRAINT pk_timers, ADD PRIMARY KEY (topic_id)"
        tracker.execute(change)  # no other table refers to this one
        difference = "primary key of timers is ['topic_id'], not ['user_id']"
    else:
        with tracker.reading() as connection:
            query = named_sql("SELECT sql FROM sqlite_master WHERE name = 'tasks'")
            made: str = connection.execute(query).scalar_one()
        tasks = Base.metadata.tables[named("tasks")]
        indexes = [str(CreateIndex(index)) for index in tasks.indexes]
        tracker.execute("DROP TABLE tasks", made.replace("UNIQUE (user_id, id),", ""), *indexes)
        difference = "constraint UNIQUE (user_id, id) of tasks is missing"
    assert tracker.database().differences() == [named(difference)]


def test_a_model_that_was_changed_without_a_migration_differs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = copy_of_the_models()
    habits = changed.tables[named("habits")]
    habits.append_column(Column("color", String(20)))
    habits.append_constraint(CheckConstraint("color <> ''", name="color"))
    Index(named("ix_habits_color"), habits.c.color)
    monkeypatch.setattr(
        "trackercore.migrations.run.Base", SimpleNamespace(metadata=changed), raising=True
    )
    assert database.differences() == [
        named("check habits.ck_habits_color is missing"),
        named("column habits.color is missing"),
        named("index habits.ix_habits_color is missing"),
    ]


@each_place
def test_tables_of_the_host_are_no_difference(tracker: Tracker) -> None:
    tracker.database().init()
    tracker.execute("CREATE TABLE theirs (name text)")
    assert tracker.database().differences() == []


@each_place
def test_older_tables_differ(filled: Tracker) -> None:
    assert named(f"column habits.{NEW_ON_HABITS} is missing") in filled.database().differences()
    filled.database().upgrade()
    assert filled.database().differences() == []


def test_without_tables_each_one_is_missing(tracker: Tracker) -> None:
    missing = {f"table {table} is missing" for table in Base.metadata.tables}
    assert missing <= set(tracker.database().differences())
