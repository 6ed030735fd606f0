"""Which ids can be kept, and where new ones begin."""

from __future__ import annotations

import pytest

from tests.adoption import support
from tests.adoption.legacy import ADA, Row
from tests.adoption.support import execute
from tests.adoption.test_kinds import new_rows
from trackercore import (
    Category,
    Database,
    Habit,
    StudySession,
    Task,
    Topic,
    User,
    UserCreate,
    adopt,
    users,
)

pytestmark = pytest.mark.slow

MOST = 2**62


def next_ids(url: str) -> dict[type, int]:
    database = Database(url)
    with database.session() as session:
        ids: dict[type, int] = {type(row): row.id for row in new_rows(session)}
    database.dispose()
    return ids


@pytest.mark.parametrize("backend", ["postgresql"])
def test_new_ids_go_on_where_an_old_sequence_was(filled_url: str) -> None:
    """What was deleted may still be known elsewhere by its id."""
    execute(
        filled_url,
        "SELECT setval('users_id_seq', 500)",
        "ALTER SEQUENCE categories_id_seq RESTART WITH 40",
        "DELETE FROM tasks",
        "DELETE FROM habits",
        "ALTER SEQUENCE habits_id_seq RESTART",
        "INSERT INTO topics (id, name, created_at) VALUES (90, 'Maps', now())",
    )
    adopt(filled_url, owner_email=ADA)
    expected = {User: 501, Category: 40, Task: 5, Habit: 1, Topic: 91, StudySession: 5}
    assert next_ids(filled_url) == expected


@pytest.mark.parametrize("backend", ["sqlite"])
def test_new_ids_go_on_where_autoincrement_was(filled_url: str) -> None:
    # That FocusFlow's tables are AUTOINCREMENT is up to who made them.
    execute(
        filled_url,
        "DROP TABLE habits",
        "CREATE TABLE habits (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, frequency TEXT,"
        " user_id INTEGER)",
        "INSERT INTO habits VALUES (60, 'Run', 'daily', 1), (80, 'Swim', 'weekly', 1)",
        "DELETE FROM habits WHERE id = 80",
        "DROP TABLE sessions",
        "DROP TABLE topics",
        "CREATE TABLE topics (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)",
        "INSERT INTO topics VALUES (7, 'Maps')",
        "DELETE FROM topics",
    )
    adopt(filled_url)
    found = next_ids(filled_url)
    assert (found[Habit], found[Topic], found[StudySession]) == (81, 8, 1)


def test_ids_that_leave_no_room_for_new_ones_are_not_kept(empty_url: str) -> None:
    ids = (MOST - 1, MOST, MOST + 1, 2**63 - 1)
    rows: list[Row] = [{"id": key, "email": f"{key}@example.com"} for key in ids]
    support.put_rows(empty_url, {"users": rows})
    report, _stored, moved = support.adopted(empty_url, None)
    assert report.kept == {"users": 2}
    assert [(finding.reason, finding.rows) for finding in report.rejected] == [("no usable id", 2)]
    assert {item.row["id"] for item in moved} == {MOST + 1, 2**63 - 1}
    database = Database(empty_url)
    with database.session() as session:
        new = [users.create(session, UserCreate(email=f"{n}@example.org")).id for n in range(2)]
    database.dispose()
    assert new == [MOST + 1, MOST + 2]
