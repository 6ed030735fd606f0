"""Tables that differ from the models are told in words: a model changed without a migration."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import CheckConstraint, Column, Index, MetaData, String

from tests.migrations.support import OLDEST, Tracker, each_place
from trackercore import Base, Database
from trackercore.migrations import state

Change = Callable[[MetaData], None]


def copy_of_the_models() -> MetaData:
    copy = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(copy)
    return copy


def drop(table: str, name: str) -> Change:
    """Leave out a constraint or an index."""

    def change(metadata: MetaData) -> None:
        there = metadata.tables[table]
        indexes = {item for item in there.indexes if item.name == name}
        constraints = {item for item in there.constraints if item.name == name}
        assert len(indexes | constraints) == 1
        there.indexes -= indexes
        there.constraints -= constraints

    return change


def delete_no_children(metadata: MetaData) -> None:
    for key in metadata.tables["check_ins"].foreign_key_constraints:
        key.ondelete = None


# What is done to the tables, and what is told of it.
CHANGES: dict[str, tuple[Change, list[str]]] = {
    "column": (
        lambda metadata: metadata.tables["tasks"].append_column(Column("color", String(20))),
        ["column tasks.color is not in the models"],
    ),
    "type": (
        lambda metadata: setattr(metadata.tables["tasks"].c.title, "type", String(20)),
        ["column tasks.title: type is VARCHAR(length=20), not String(length=255)"],
    ),
    "null": (
        lambda metadata: setattr(metadata.tables["tasks"].c.title, "nullable", True),
        ["column tasks.title: nullable is True, not False"],
    ),
    "index": (
        drop("sessions", "ix_sessions_by_day"),
        ["index sessions.ix_sessions_by_day is missing"],
    ),
    "another check": (
        lambda metadata: metadata.tables["tasks"].append_constraint(
            CheckConstraint("title <> ''", name="title")
        ),
        ["check tasks.ck_tasks_title is not in the models"],
    ),
    "another index": (
        lambda metadata: metadata.tables["tasks"].append_column(
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
        drop("sessions", "fk_sessions_user_id_topic_id_topics"),
        ["fk sessions.fk_sessions_user_id_topic_id_topics is missing"],
    ),
    "what becomes of children": (
        delete_no_children,
        [
            "fk check_ins.fk_check_ins_user_id_habit_id_habits is missing",
            "fk check_ins.fk_check_ins_user_id_habit_id_habits is not in the models",
        ],
    ),
    "table": (
        lambda metadata: metadata.remove(metadata.tables["check_ins"]),
        ["table check_ins is missing"],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_differs_from_the_models_is_told(what: str, tracker: Tracker) -> None:
    change, words = CHANGES[what]
    changed = copy_of_the_models()
    change(changed)
    with tracker.writing() as connection:
        changed.create_all(connection)
    assert tracker.database().differences() == words


def test_a_model_that_is_changed_without_a_migration_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = copy_of_the_models()
    habits = changed.tables["habits"]
    habits.append_column(Column("color", String(20)))
    habits.append_constraint(CheckConstraint("color <> ''", name="color"))
    Index("ix_habits_color", habits.c.color)
    monkeypatch.setattr(
        "trackercore.migrations.run.Base", SimpleNamespace(metadata=changed), raising=True
    )
    assert database.differences() == [
        "check habits.ck_habits_color is missing",
        "column habits.color is missing",
        "index habits.ix_habits_color is missing",
    ]


@each_place
def test_current_tables_do_not_differ_whatever_the_host_has_beside_them(tracker: Tracker) -> None:
    tracker.database().init()
    tracker.execute("CREATE TABLE theirs (name text)")
    assert tracker.database().differences() == []


@each_place
def test_older_tables_differ(tracker: Tracker) -> None:
    tracker.bring_to(OLDEST)
    assert "column habits.starting_streak is missing" in tracker.database().differences()
    tracker.bring_to(state.HEAD)
    assert tracker.database().differences() == []


def test_no_tables_at_all_are_told_one_by_one(tracker: Tracker) -> None:
    told = tracker.database().differences()
    assert {f"table {table} is missing" for table in Base.metadata.tables} <= set(told)
