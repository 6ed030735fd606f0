"""What the databases themselves refuse, tried with plain SQL past the services and the ORM."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.support.names import named, named_sql, short
from tests.support.rows import (
    TABLES,
    Row,
    composite_keys,
    count,
    count_of,
    insert,
    insert_everything,
    references,
)


@pytest.fixture
def ada(connection: Connection) -> dict[str, Row]:
    """A user with one row in every table."""
    return insert_everything(connection, "ada@example.com")


@pytest.fixture
def bob(connection: Connection) -> dict[str, Row]:
    return insert_everything(connection, "bob@example.com")


def key_of(table: str, row: Row) -> Row:
    return {column.name: row[column.name] for column in TABLES[table].primary_key}


def change(connection: Connection, table: str, row: Row, values: Row) -> None:
    """UPDATE a row, in a savepoint, and `row` if that goes well."""
    key = key_of(table, row)
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    condition = " AND ".join(f"{name} = :key_{name}" for name in key)
    parameters = values | {f"key_{name}": value for name, value in key.items()}
    with connection.begin_nested():
        query = named_sql(f"UPDATE {table} SET {assignments} WHERE {condition}")
        assert connection.execute(query, parameters).rowcount == 1
    row.update(values)


def pointing_to(key: ForeignKeyConstraint, rows: dict[str, Row]) -> Row:
    """The values of a row that refers by the key to one of these."""
    return referring_by(key, rows[short(key.referred_table.name)]["id"])


def referring_by(key: ForeignKeyConstraint, row_id: int) -> Row:
    _owner, column = key.column_keys
    values: Row = {column: row_id}
    if short(key.table.name) == "study_goals":
        values["topic_key"] = row_id  # or another constraint would refuse it first
    return values


def referring(connection: Connection, key: ForeignKeyConstraint, rows: dict[str, Row]) -> Row:
    """A row of the user's that refers by the key to another of theirs."""
    table = short(key.table.name)
    if key.referred_table is not key.table:
        return rows[table]
    return insert(connection, table, **references(table, rows), **pointing_to(key, rows))


def insert_another(connection: Connection, table: str, user: dict[str, Row]) -> Row:
    """A second row of the user's in a table, with another name."""
    names = {"name_key"} & set(TABLES[table].columns.keys())
    return insert(connection, table, **references(table, user), **dict.fromkeys(names, "else"))


def make_room(connection: Connection, table: str, user: dict[str, Row]) -> None:
    """Of what a user has only one of, the one they have would be refused first."""
    if TABLES[table].primary_key.columns.keys() == ["user_id"]:
        query = named_sql(f"DELETE FROM {table} WHERE user_id = :owner")
        connection.execute(query, {"owner": user["users"]["id"]})


def let_go(connection: Connection, table: str, but_by: ForeignKeyConstraint | None = None) -> None:
    """Delete what refers to a table by another key: it would be refused first."""
    for key in composite_keys():
        if key is not but_by and short(key.referred_table.name) == table != short(key.table.name):
            connection.execute(text(f"DELETE FROM {key.table.name}"))


def assert_refused(error: IntegrityError, constraint: str) -> None:
    """SQLite names only its CHECKs."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        assert diagnostics.constraint_name == named(constraint)
    elif constraint.startswith("ck_"):
        assert f"CHECK constraint failed: {named(constraint)}" in str(error)
    else:
        kind = {"uq": "UNIQUE", "fk": "FOREIGN KEY", "pk": "UNIQUE"}[constraint[:2]]
        assert f"{kind} constraint failed" in str(error)


_LONG = '{"a":"' + "é" * 16_376
_EXTRA: tuple[list[Row], list[Row]] = (
    [{"extra": "{}"}, {"extra": f'{_LONG}"}}'}],
    [{"extra": value} for value in ("", "null", "[]", '"{}"', "1", f'{_LONG}é"}}')],
)

# What a repeating task has, and a plain one does not; the due may be there anyway.
_OF_RULE: Row = {
    "recurrence": "FREQ=DAILY",
    "repeats_from": "due",
    "recurrence_start": "2026-01-02",
    "occurrence_date": "2026-01-02",
    "occurrence_number": 1,
}
_REPEATING: Row = _OF_RULE | {"due_date": "2026-01-02", "due_day": "2026-01-02"}
_AN_INSTANT: Row = {"due_at": "2026-01-01 12:00:00", "due_time_zone": "UTC"}
_PLAIN: Row = dict.fromkeys((*_REPEATING, "starts_days_before"))

# Every CHECK: values on its edge, and values just beyond.
CHECKS: dict[str, tuple[list[Row], list[Row]]] = {
    **{f"ck_{table}_extra": _EXTRA for table in TABLES if "extra" in TABLES[table].columns},
    "ck_users_email_lower_case": (
        [{"email": "x@example.com"}],
        [{"email": "X@example.com"}, {"email": "x@example.COM"}],
    ),
    "ck_users_week_starts_on": (
        [{"week_starts_on": 1}, {"week_starts_on": 7}],
        [{"week_starts_on": 0}, {"week_starts_on": 8}, {"week_starts_on": -1}],
    ),
    "ck_users_day_starts_at": (
        [{"day_starts_at": 0}, {"day_starts_at": 1439}],
        [{"day_starts_at": -1}, {"day_starts_at": 1440}],
    ),
    "ck_tasks_one_due": (
        [
            {"due_date": "2026-01-01", "due_at": None, "due_day": "2026-01-01"},
            {"due_date": None, "due_at": "2026-01-01 12:00:00", "due_day": "2026-01-01"},
            {"due_date": None, "due_at": None, "due_day": None},
        ],
        [{"due_date": "2026-01-01", "due_at": "2026-01-01 12:00:00", "due_day": "2026-01-01"}],
    ),
    "ck_tasks_due_day": (
        [
            {"due_date": "2026-01-01", "due_day": "2026-01-01"},
            {"due_date": None, "due_at": "2026-01-01 12:00:00", "due_day": "2026-01-02"},
        ],
        [
            {"due_date": "2026-01-01", "due_at": None, "due_day": None},
            {"due_date": "2026-01-01", "due_at": None, "due_day": "2026-01-02"},
            {"due_day": None},
            {"due_at": None},
        ],
    ),
    "ck_tasks_completed_on": (
        [{"completed": True, "completed_at": "2026-01-01 12:00:00", "completed_on": "2026-01-02"}],
        [
            {"completed_on": None},
            {"completed_at": None},
        ],
    ),
    "ck_tasks_completed_at_only_if_completed": (
        [
            {
                "completed": True,
                "completed_at": "2026-01-01 12:00:00",
                "completed_on": "2026-01-01",
            },
            {"completed": True, "completed_at": None, "completed_on": None},
            {"completed": False},
        ],
        [
            {
                "completed": False,
                "completed_at": "2026-01-01 12:00:00",
                "completed_on": "2026-01-01",
            }
        ],
    ),
    "ck_tasks_priority": ([{"priority": 1}, {"priority": 9}], [{"priority": 0}, {"priority": 10}]),
    "ck_tasks_estimate_minutes": ([{"estimate_minutes": 1}], [{"estimate_minutes": 0}]),
    "ck_tasks_recurrence": (
        [
            _REPEATING | {"recurrence_time": "09:00:00"},
            _REPEATING | {"recurrence_time": None},
            _REPEATING | {"occurrence_number": None},
            _REPEATING | {"starts_days_before": 1},
            _PLAIN,
        ],
        [
            *({**_REPEATING, name: None} for name in _OF_RULE if name != "occurrence_number"),
            _OF_RULE,
            *({name: value} for name, value in _OF_RULE.items()),
            {"recurrence_time": "09:00:00"},
            {"starts_days_before": 1},
        ],
    ),
    "ck_tasks_starts_days_before": (
        [_REPEATING | {"starts_days_before": 0}],
        [_REPEATING | {"starts_days_before": -1}],
    ),
    "ck_tasks_occurrence_number": ([_REPEATING], [_REPEATING | {"occurrence_number": 0}]),
    "ck_tasks_repeats_from": (
        [_REPEATING, _REPEATING | {"repeats_from": "completion"}],
        [_REPEATING | {"repeats_from": "start"}],
    ),
    "ck_tasks_no_subtask_repeats": ([_REPEATING], [{"parent_id": 1}]),
    "ck_task_occurrences_status": (
        [
            {"status": "completed"},
            {"status": "skipped", "completed_at": None, "completed_on": None},
        ],
        [{"status": "missed"}],
    ),
    "ck_task_occurrences_one_due": (
        [
            {"due_date": "2026-01-01", "due_at": None},
            {"due_date": None, **_AN_INSTANT},
            {"due_date": None, "due_at": None, "due_time_zone": None},
        ],
        [{"due_date": "2026-01-01", **_AN_INSTANT}],
    ),
    "ck_task_occurrences_due_time_zone": (
        [{"due_date": None, **_AN_INSTANT}],
        [{"due_time_zone": None}, {"due_at": None}],
    ),
    "ck_task_occurrences_completed_at": (
        [
            {
                "status": "completed",
                "completed_at": "2026-01-01 12:00:00",
                "completed_on": "2026-01-02",
            },
            {"status": "completed", "completed_at": None, "completed_on": None},
            {"status": "skipped", "completed_at": None, "completed_on": None},
        ],
        [
            {"completed_at": "2026-01-01 12:00:00"},
            {"completed_on": "2026-01-02"},
            {"status": "skipped", "completed_at": "2026-01-01 12:00:00"},
        ],
    ),
    "ck_habits_target": (
        [
            {"target": 1},
            {"target": 0, "direction": "at_most"},
            {"target": 2000, "counts": "days", "direction": "at_least"},
        ],
        [
            {"target": 0},
            {"target": -1},
            {"target": -1, "direction": "at_most"},
            {"target": 2001, "counts": "days"},
        ],
    ),
    "ck_habits_direction": (
        [{"direction": "at_most"}, {"direction": "at_least"}],
        [{"direction": "at most"}, {"direction": ""}],
    ),
    "ck_habits_counts": (
        [{"counts": "days", "target": 1000}, {"counts": "amount"}],
        [{"counts": "weeks", "target": 1000}, {"counts": "", "target": 1000}],
    ),
    "ck_habits_day_minimum": (
        [
            {"day_minimum": 1, "counts": "days", "target": 1000},
            {"day_minimum": None, "counts": "amount"},
        ],
        [
            {"day_minimum": 0, "counts": "days", "target": 1000},
            {"day_minimum": 1, "counts": "amount"},
        ],
    ),
    "ck_habits_allowed_misses": (
        [{"allowed_misses": 0}, {"allowed_misses": 1000}],
        [{"allowed_misses": -1}, {"allowed_misses": 1001}],
    ),
    "ck_habits_weekdays": (
        [
            {"frequency": "weekdays", "weekdays": 1},
            {"frequency": "weekdays", "weekdays": 127},
            {"frequency": "daily", "weekdays": None},
        ],
        [
            {"frequency": "weekdays", "weekdays": 0},
            {"frequency": "weekdays", "weekdays": 128},
            {"frequency": "weekdays", "weekdays": None},
            {"frequency": "weekly", "weekdays": 1},
        ],
    ),
    "ck_habits_every": ([{"every": 1}, {"every": 1000}], [{"every": 0}, {"every": 1001}]),
    "ck_habits_week_starts_on": (
        [{"week_starts_on": 1}, {"week_starts_on": 7}],
        [{"week_starts_on": 0}, {"week_starts_on": 8}],
    ),
    "ck_habits_frequency": (
        [{"frequency": "daily"}, {"frequency": "weekly"}],
        [{"frequency": "hourly"}, {"frequency": "Daily"}, {"frequency": ""}],
    ),
    "ck_habits_streaks": (
        [{"streak": 0, "longest_streak": 0}, {"streak": 3, "longest_streak": 3}],
        [
            {"streak": -1, "longest_streak": 0},
            {"streak": 4, "longest_streak": 3},
            {"streak_misses": -1},
        ],
    ),
    "ck_habits_starting_streak": (
        [
            {"starting_streak": 1, "starting_streak_on": "2026-01-01"},
            {"starting_streak": None, "starting_streak_on": None},
        ],
        [
            {"starting_streak": None, "starting_streak_on": "2026-01-01"},
            {"starting_streak": 1, "starting_streak_on": None},
            {"starting_streak": 0, "starting_streak_on": "2026-01-01"},
            {"starting_streak": -1, "starting_streak_on": "2026-01-01"},
            {"starting_streak": 0, "starting_streak_on": None},
        ],
    ),
    "ck_check_ins_status": (
        [{"status": "done"}, {"status": "skipped", "amount": 0}],
        [
            {"status": "failed", "amount": 0},
            {"status": "DONE", "amount": 0},
            {"status": "", "amount": 0},
        ],
    ),
    "ck_check_ins_amount": (
        [{"amount": 0, "status": "skipped"}, {"amount": 0, "status": "done"}, {"amount": 1}],
        [{"amount": -1}, {"amount": 1, "status": "skipped"}],
    ),
    "ck_sessions_times": (
        [
            {"started_at": "2026-01-02 12:00:00", "ended_at": "2026-01-02 12:01:00"},
            {"started_at": None, "ended_at": None},
        ],
        [
            {"started_at": "2026-01-02 12:00:00", "ended_at": None},
            {"started_at": None, "ended_at": "2026-01-02 12:00:00"},
            {"started_at": "2026-01-02 12:00:00", "ended_at": "2026-01-02 12:00:00"},
            {"started_at": "2026-01-02 12:00:00", "ended_at": "2026-01-02 11:00:00"},
        ],
    ),
    "ck_sessions_part_of": (
        [{"part_of": None, "external_id": "a"}],
        [
            {"part_of": 1},
            {"part_of": 1, "external_id": None, "started_at": None, "ended_at": None},
        ],
    ),
    "ck_study_goals_topic_key": (
        [{"topic_id": None, "topic_key": 0}],
        [
            {"topic_key": 1},
            {"topic_key": -1},
            {"topic_id": 1},
            {"topic_id": 1, "topic_key": 2},
        ],
    ),
    "ck_study_goals_weekday": (
        [{"weekday": 0}, {"weekday": 7}],
        [{"weekday": -1}, {"weekday": 8}],
    ),
    "ck_study_goals_minutes": (
        [{"minutes": 0}, {"minutes": 1440}, {"minutes": None, "weekday": 1}],
        [
            {"minutes": -1},
            {"minutes": 1441},
            {"minutes": -1, "weekday": 0},
            {"minutes": 1441, "weekday": 0},
            {"minutes": None, "weekday": 0},
        ],
    ),
    "ck_sessions_duration_seconds": (
        [{"duration_seconds": 1}, {"duration_seconds": 93_600}],
        [{"duration_seconds": 0}, {"duration_seconds": 93_601}, {"duration_seconds": -1}],
    ),
}
# A past schedule is checked like the newest one.
for name in (
    "target",
    "frequency",
    "weekdays",
    "every",
    "week_starts_on",
    "direction",
    "counts",
    "day_minimum",
    "allowed_misses",
):
    CHECKS[f"ck_habit_schedules_{name}"] = CHECKS[f"ck_habits_{name}"]
CHECKS["ck_habit_pauses_in_order"] = (
    [{"ends_on": "2026-01-01"}, {"ends_on": None}],  # starts_on is 2026-01-01
    [{"ends_on": "2025-12-31"}],
)
CHECKS["ck_user_pauses_in_order"] = CHECKS["ck_habit_pauses_in_order"]
TABLE_OF = {
    str(constraint.name): name for name, table in TABLES.items() for constraint in table.constraints
}


def test_every_check_is_in_the_list_above() -> None:
    checks = {
        str(constraint.name)
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert checks == set(map(named, CHECKS))


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_refuses_bad_values_and_takes_those_on_its_edge(
    check: str, connection: Connection, ada: dict[str, Row]
) -> None:
    table, (good, bad) = TABLE_OF[named(check)], CHECKS[check]
    for values in good:
        change(connection, table, ada[table], values)
    for values in bad:
        with pytest.raises(IntegrityError) as caught:
            change(connection, table, ada[table], values)
        assert_refused(caught.value, check)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (name, column.name)
        for name, table in TABLES.items()
        for column in table.columns
        if not column.nullable
    ],
)
def test_what_must_be_given_cannot_be_null(
    table: str, column: str, connection: Connection, ada: dict[str, Row]
) -> None:
    refused = pytest.raises(DBAPIError, match=r"(?i)not.null|datatype mismatch")
    with refused, connection.begin_nested():
        change(connection, table, ada[table], {column: None})


UNIQUE = sorted(
    (name, str(constraint.name), [column.name for column in constraint.columns])
    for name, table in TABLES.items()
    for constraint in table.constraints
    # An id is taken once by all: the primary key sees to it before these.
    if isinstance(constraint, UniqueConstraint)
    and not {"id", "possible_parent_id"} & set(constraint.columns.keys())
)


@pytest.mark.parametrize(("table", "constraint", "columns"), UNIQUE, ids=[row[1] for row in UNIQUE])
def test_a_unique_value_is_taken_once_per_user(
    table: str,
    constraint: str,
    columns: list[str],
    connection: Connection,
    ada: dict[str, Row],
    bob: dict[str, Row],
) -> None:
    rival = bob["users"] if table == "users" else insert_another(connection, table, ada)
    value = {columns[-1]: "taken"}
    change(connection, table, ada[table], value)
    with pytest.raises(IntegrityError) as caught:
        change(connection, table, rival, value)
    assert_refused(caught.value, constraint)
    if table != "users":
        assert columns[:-1] == ["user_id"]
        change(connection, table, bob[table], value)


@pytest.mark.parametrize("table", [row[0] for row in UNIQUE if row[2][-1] == "external_id"])
def test_any_number_of_rows_may_be_without_an_external_id(
    table: str, connection: Connection, ada: dict[str, Row]
) -> None:
    insert_another(connection, table, ada)
    without = "user_id = :owner AND external_id IS NULL"
    assert count(connection, table, without, owner=ada["users"]["id"]) == 2


def test_a_day_of_a_habit_is_checked_in_once(connection: Connection, ada: dict[str, Row]) -> None:
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        insert(connection, "check_ins", **references("check_ins", ada))
    assert_refused(caught.value, "pk_check_ins")
    insert(connection, "check_ins", **references("check_ins", ada), day="2026-01-03")


each_reference = pytest.mark.parametrize("key", composite_keys(), ids=lambda key: str(key.name))


@each_reference
def test_a_new_row_cannot_refer_to_another_user_s(
    key: ForeignKeyConstraint, connection: Connection, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    table = short(key.table.name)
    before = count(connection, table)
    for owner, other in ((ada, bob), (bob, ada)):
        mixed = references(table, owner) | pointing_to(key, other)
        savepoint = connection.begin_nested()
        make_room(connection, table, owner)
        with pytest.raises(IntegrityError) as caught:
            insert(connection, table, **mixed)
        savepoint.rollback()
        assert_refused(caught.value, str(key.name))
    assert count(connection, table) == before


@each_reference
def test_a_stored_row_cannot_be_turned_to_another_user_s(
    key: ForeignKeyConstraint, connection: Connection, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    table, row = short(key.table.name), referring(connection, key, ada)
    make_room(connection, table, bob)
    let_go(connection, table)
    of_bob = pointing_to(key, bob)
    the_rest = {k: value for k, value in references(table, bob).items() if k not in of_bob}
    for values in (of_bob, the_rest, referring_by(key, 2**62)):
        with pytest.raises(IntegrityError) as caught:
            change(connection, table, row, values)
        assert_refused(caught.value, str(key.name))


@each_reference
def test_a_row_that_others_refer_to_cannot_change_hands(
    key: ForeignKeyConstraint, connection: Connection, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    referred = short(key.referred_table.name)
    referring(connection, key, ada)
    values = references(referred, bob)
    if "name_key" in TABLES[referred].columns:
        values["name_key"] = "else"  # Bob has the same name already
    let_go(connection, referred, key)
    with pytest.raises(IntegrityError) as caught:
        change(connection, referred, ada[referred], values)
    assert_refused(caught.value, str(key.name))


def test_a_row_needs_a_user_who_exists(connection: Connection, ada: dict[str, Row]) -> None:
    for name in TABLES:
        if name != "users":
            with pytest.raises(IntegrityError), connection.begin_nested():
                insert(connection, name, **references(name, ada) | {"user_id": 2**62})


def test_deleting_a_user_deletes_all_of_theirs_and_nothing_else(
    connection: Connection, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    one_of_each = dict.fromkeys(TABLES, 1)
    ada_id, bob_id = ada["users"]["id"], bob["users"]["id"]
    assert count_of(connection, ada_id) == count_of(connection, bob_id) == one_of_each
    connection.execute(named_sql("DELETE FROM users WHERE id = :id"), {"id": ada_id})
    assert count_of(connection, ada_id) == dict.fromkeys(TABLES, 0)
    assert count_of(connection, bob_id) == one_of_each
    for name in TABLES:
        assert count(connection, name) == 1


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        ("habits", ["check_ins", "habit_schedules", "habit_pauses", "habit_tags"]),
        ("topics", ["sessions", "session_tags", "timers", "study_goals"]),
        ("tasks", ["task_occurrences", "task_tags"]),
        ("tags", ["task_tags", "habit_tags", "session_tags"]),
    ],
)
def test_deleting_a_row_deletes_what_belongs_to_it(
    parent: str,
    children: list[str],
    connection: Connection,
    ada: dict[str, Row],
    bob: dict[str, Row],
) -> None:
    query = named_sql(f"DELETE FROM {parent} WHERE id = :id")
    connection.execute(query, {"id": ada[parent]["id"]})
    ada_id, bob_id = ada["users"]["id"], bob["users"]["id"]
    expected = dict.fromkeys(TABLES, 1) | dict.fromkeys([parent, *children], 0)
    assert count_of(connection, ada_id) == expected
    assert count_of(connection, bob_id) == dict.fromkeys(TABLES, 1)


@pytest.fixture
def parts(connection: Connection, ada: dict[str, Row]) -> list[Row]:
    """A session of Ada's, and two that are parts of it."""
    first = {"part_of": ada["sessions"]["id"]}
    more = [
        insert(connection, "sessions", **references("sessions", ada), **first) for _ in range(2)
    ]
    return [ada["sessions"], *more]


def test_no_session_is_a_part_of_itself(connection: Connection, parts: list[Row]) -> None:
    for part in parts:
        with pytest.raises(IntegrityError) as caught:
            change(connection, "sessions", part, {"part_of": part["id"]})
        assert_refused(caught.value, "ck_sessions_part_of")


@pytest.mark.parametrize(("deleted", "left"), [(0, []), (1, [0, 2])])
def test_deleting_a_session_deletes_its_parts_and_no_others(
    deleted: int, left: list[int], connection: Connection, parts: list[Row], bob: dict[str, Row]
) -> None:
    query = named_sql("DELETE FROM sessions WHERE id = :id")
    connection.execute(query, {"id": parts[deleted]["id"]})
    found = connection.execute(named_sql("SELECT id FROM sessions ORDER BY id")).scalars().all()
    assert found == [*(parts[index]["id"] for index in left), bob["sessions"]["id"]]


@pytest.fixture
def subtasks(connection: Connection, ada: dict[str, Row]) -> list[Row]:
    """Two subtasks of Ada's task."""
    parent = {"parent_id": ada["tasks"]["id"]}
    return [insert(connection, "tasks", **references("tasks", ada), **parent) for _ in range(2)]


def test_a_subtask_has_no_subtasks(
    connection: Connection, ada: dict[str, Row], subtasks: list[Row]
) -> None:
    child, other = subtasks
    below = {"parent_id": child["id"]}
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        insert(connection, "tasks", **references("tasks", ada), **below)
    assert_refused(caught.value, "fk_tasks_user_id_parent_id")
    for row in (other, child):  # also itself
        with pytest.raises(IntegrityError) as caught:
            change(connection, "tasks", row, below)
        assert_refused(caught.value, "fk_tasks_user_id_parent_id")
    change(connection, "tasks", child, {"parent_id": None})
    change(connection, "tasks", other, below)


def test_a_task_with_subtasks_does_not_become_one(
    connection: Connection, ada: dict[str, Row], subtasks: list[Row]
) -> None:
    parent = ada["tasks"]
    alone = insert(connection, "tasks", **references("tasks", ada))
    for new_parent in (alone, parent):
        with pytest.raises(IntegrityError) as caught:
            change(connection, "tasks", parent, {"parent_id": new_parent["id"]})
        assert_refused(caught.value, "fk_tasks_user_id_parent_id")
    for child in subtasks:
        change(connection, "tasks", child, {"parent_id": alone["id"]})
    change(connection, "tasks", parent, {"parent_id": alone["id"]})


def test_deleting_a_task_deletes_its_subtasks_and_no_others(
    connection: Connection, ada: dict[str, Row], bob: dict[str, Row], subtasks: list[Row]
) -> None:
    change(connection, "tasks", subtasks[0], {"parent_id": None})
    query = named_sql("DELETE FROM tasks WHERE id = :id")
    connection.execute(query, {"id": ada["tasks"]["id"]})
    left = connection.execute(named_sql("SELECT id FROM tasks")).scalars()
    assert {*left} == {subtasks[0]["id"], bob["tasks"]["id"]}


@pytest.mark.parametrize("holder", ["tasks", "habits"])
def test_a_category_in_use_cannot_be_deleted_before_its_rows_let_go_of_it(
    holder: str, connection: Connection, ada: dict[str, Row]
) -> None:
    (other,) = {"tasks", "habits"} - {holder}
    change(connection, other, ada[other], {"category_id": None})
    query, work = (
        named_sql("DELETE FROM categories WHERE id = :id"),
        {"id": ada["categories"]["id"]},
    )
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        connection.execute(query, work)
    assert_refused(caught.value, f"fk_{holder}_user_id_category_id")
    change(connection, holder, ada[holder], {"category_id": None})
    connection.execute(query, work)
    assert count(connection, holder) == 1


@pytest.mark.parametrize("table", [name for name in TABLES if "id" in TABLES[name].columns])
def test_an_id_is_never_given_out_again(
    table: str, connection: Connection, ada: dict[str, Row]
) -> None:
    newest = ada[table]["id"]
    for holder in ("tasks", "habits"):
        change(connection, holder, ada[holder], {"category_id": None})
    connection.execute(named_sql(f"DELETE FROM {table} WHERE id = :id"), {"id": newest})
    if table == "users":
        again = insert(connection, "users", email="new@example.com")
    else:
        again = insert(connection, table, **references(table, ada))
    assert again["id"] > newest
