"""A table or column under another name is a hint, with the statement that renames it."""

from __future__ import annotations

import pytest

from tests.adoption import legacy, support
from tests.adoption.legacy import ADA, BOTH, KEPT, ROWS
from tests.adoption.support import execute, reasons
from trackercore import RefusalReason, adopt
from trackercore.adoption import _near_names as near

pytestmark = pytest.mark.slow


def test_every_near_name_is_found_alone_and_when_its_like_are_there() -> None:
    for table, columns in near.COLUMNS.items():
        for ours, others in columns.items():
            rest = {*legacy.MULTI_USER[table], *columns} - {ours}
            for other in others.split():
                assert near.near_columns(table, {*rest, other}) == {other: ours}
                # It is something else then.
                assert near.near_columns(table, {*rest, ours, other}) == {}
                assert near.near_columns(table, {*rest, other.title()}) == {other.title(): ours}


def test_the_likelier_of_two_names_is_found() -> None:
    assert near.near_columns("habits", {"id", "habit", "title"}) == {"title": "name"}


def test_a_column_in_other_letters_is_near() -> None:
    assert near.near_columns("tasks", {"ID", "Title", "userId", "dueDate", "createdAt"}) == {
        "ID": "id",
        "Title": "title",
        "userId": "user_id",
        "dueDate": "due_date",
        "createdAt": "created_at",
    }


RENAMED = {
    ("users", "hashed_password"): ("password", "hashes"),
    ("users", "created_at"): ("joined_at", None),
    ("categories", "name"): ("title", None),
    ("categories", "user_id"): ("user", None),
    ("tasks", "user_id"): ("ownerId", None),
    ("tasks", "completed"): ("is_completed", None),
    ("tasks", "due_date"): ("due", None),
    ("habits", "id"): ("habit_id", None),
    ("habits", "name"): ("title", None),
    ("habits", "user_id"): ("owner_id", None),
    ("habits", "streak"): ("current_streak", None),
    ("topics", "name"): ("Name", None),
    ("sessions", "topic_id"): ("subject_id", None),
    ("sessions", "study_date"): ("date", None),
    ("sessions", "duration_minutes"): ("duration", "minutes"),
}


def quoted(name: str) -> str:
    return f'"{name}"' if name != name.lower() or name == "user" else name


def rename(table: str, column: str, to: str) -> str:
    return f"ALTER TABLE {table} RENAME COLUMN {column} TO {to}"


def test_who_does_what_the_hints_say_can_adopt(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    names = {key: quoted(other) for key, (other, _condition) in RENAMED.items()}
    execute(empty_url, *(rename(*key, other) for key, other in names.items()))
    hints = reasons(empty_url, ADA)
    assert {
        (hint.table, hint.rename_to): (hint.column, hint.condition) for hint in hints
    } == RENAMED
    assert {hint.code for hint in hints} == {"column_name"}
    execute(empty_url, *(hint.sql or "" for hint in hints))
    assert adopt(empty_url, owner_email=ADA).kept == KEPT


def test_the_text_is_one_sentence(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(
        empty_url,
        rename("habits", "name", "title"),
        rename("users", "hashed_password", "password"),
    )
    assert [str(reason) for reason in reasons(empty_url, ADA)] == [
        (
            "users.password: rename it to hashed_password, if it holds hashes: "
            "ALTER TABLE users RENAME COLUMN password TO hashed_password"
        ),
        "habits.title: rename it to name: ALTER TABLE habits RENAME COLUMN title TO name",
    ]


def test_who_renames_the_tables_can_adopt(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    others = {ours: names.split()[0] for ours, names in near.TABLES.items()}
    execute(
        empty_url,
        *(f'ALTER TABLE {ours} RENAME TO "{other}"' for ours, other in others.items()),
    )
    nothing, *hints = reasons(empty_url, ADA)
    assert nothing.code == "no_tables"
    assert {hint.rename_to: hint.table for hint in hints} == others
    assert {hint.code for hint in hints} == {"table_name"}
    execute(empty_url, *(hint.sql or "" for hint in hints))
    assert adopt(empty_url, owner_email=ADA).kept == KEPT


def test_a_table_that_refers_to_ours_may_be_one_of_them(empty_url: str) -> None:
    support.fill(empty_url, "StudyTracker", {})
    execute(empty_url, "ALTER TABLE sessions RENAME TO study_sessions")
    hint, dependent = reasons(empty_url, None)
    assert (hint.code, hint.table, hint.rename_to) == ("table_name", "study_sessions", "sessions")
    assert (dependent.code, dependent.table) == ("foreign_key", "topics")


def test_a_table_of_a_near_name_that_has_nothing_to_do_with_ours_is_let_be(empty_url: str) -> None:
    support.fill(empty_url, "FocusFlow, by SQLAlchemy", {})
    execute(empty_url, "CREATE TABLE subjects (id INTEGER PRIMARY KEY)")
    assert adopt(empty_url).kept == dict.fromkeys(legacy.FOCUSFLOW, 0)


USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255))"
TODO = "CREATE TABLE todo (id INTEGER PRIMARY KEY, task VARCHAR(255))"
HABIT = "CREATE TABLE habit (id INTEGER PRIMARY KEY, title VARCHAR(100), frequency VARCHAR(9))"
TOPICS = "CREATE TABLE topics (id INTEGER PRIMARY KEY, name VARCHAR(200))"
STUDY_SESSIONS = "CREATE TABLE study_sessions (id INTEGER PRIMARY KEY, minutes INTEGER)"


@pytest.mark.parametrize(
    ("tables", "names"),
    [
        ([USERS, TODO, HABIT], {"todo": "tasks", "habit": "habits"}),
        ([USERS, HABIT.replace("habit", '"Habit"')], {"Habit": "habits"}),
        ([TOPICS, STUDY_SESSIONS], {"study_sessions": "sessions"}),
    ],
)
def test_a_table_with_such_a_column_may_be_one_of_ours(
    tables: list[str], names: dict[str, str], empty_url: str
) -> None:
    """Also without a foreign key: it would be left behind, next to an empty new one."""
    execute(empty_url, *tables)
    hints = reasons(empty_url, None)
    assert {hint.table: hint.rename_to for hint in hints} == names
    assert {(hint.code, hint.condition) for hint in hints} == {("table_name", "such_rows")}


def test_a_table_in_other_letters(backend: str, empty_url: str) -> None:
    """On SQLite it is the same name."""
    support.fill(empty_url, BOTH, ROWS)
    if backend == "sqlite":
        execute(
            empty_url,
            *(
                statement
                for ours in legacy.TABLES
                for statement in (
                    f"ALTER TABLE {ours} RENAME TO other_name",
                    f"ALTER TABLE other_name RENAME TO {ours.title()}",
                )
            ),
        )
    else:
        execute(
            empty_url,
            *(f'ALTER TABLE {ours} RENAME TO "{ours.title()}"' for ours in legacy.TABLES),
        )
        _nothing, *hints = reasons(empty_url, ADA)
        execute(empty_url, *(hint.sql or "" for hint in hints))
    assert adopt(empty_url, owner_email=ADA).kept == KEPT


def test_a_needed_table_may_be_there_under_another_name(empty_url: str) -> None:
    execute(
        empty_url,
        "CREATE TABLE account (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL)",
        "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, user_id INTEGER)",
    )
    needed, hint = reasons(empty_url, None)
    assert (needed.code, needed.table, needed.other_table) == ("table_needed", "tasks", "users")
    assert (hint.table, hint.rename_to) == ("account", "users")


@pytest.mark.parametrize("type_", ["TEXT", "VARCHAR(36)"])
def test_a_user_or_category_by_name_is_not_its_id(type_: str, empty_url: str) -> None:
    execute(
        empty_url,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255))",
        f'CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, "user" {type_},'
        f" category {type_})",
    )
    assert [(reason.code, reason.column) for reason in reasons(empty_url, None)] == [
        ("column_needed", "user_id"),
        ("column_unknown", "user"),
        ("column_unknown", "category"),
    ]


def test_a_name_that_only_looks_right_is_no_hint(empty_url: str) -> None:
    """The column that it would be is there."""
    support.fill(empty_url, BOTH, ROWS)
    execute(empty_url, "ALTER TABLE tasks ADD COLUMN done BOOLEAN")
    (reason,) = reasons(empty_url, ADA)
    assert reason == RefusalReason(code="column_unknown", table="tasks", column="done")


@pytest.mark.parametrize("type_", ["", "BLOB"])
def test_ids_of_any_type_may_be_ambiguous(type_: str, backend: str, empty_url: str) -> None:
    """A reference to 1 would be one to '1' too. PostgreSQL's columns have a type."""
    type_ = type_ if backend == "sqlite" else "BYTEA"
    execute(empty_url, f"CREATE TABLE users (id {type_} PRIMARY KEY, email VARCHAR(255))")
    (reason,) = reasons(empty_url, None)
    assert (reason.code, reason.column, reason.takes) == ("column_type", "id", "whole_numbers")


def test_the_type_of_a_renamed_column_is_looked_at_too(backend: str, empty_url: str) -> None:
    execute(
        empty_url,
        "CREATE TABLE topics (id INTEGER PRIMARY KEY, title INTEGER)",
    )
    found = [(reason.code, reason.column) for reason in reasons(empty_url, None)]
    types = [("column_type", "title")] if backend == "postgresql" else []
    assert found == [("column_name", "title"), *types]
