"""A study app with users: topics have one, or sessions, or both, and everybody keeps their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.adoption import support
from tests.adoption.legacy import MULTI_USER, Row, Rows
from tests.adoption.support import execute
from tests.migrations import catalogue
from trackercore import AdoptReport, Database, adopt, study_sessions, topics

pytestmark = pytest.mark.slow

ADA, BOB, EVE, GONE = 3, 5, 7, 77
DAY = "2024-03-05"

USERS: list[Row] = [
    {"id": ADA, "email": "ada@example.com"},
    {"id": BOB, "email": "bob@example.com"},
    {"id": EVE, "email": "eve@example.com"},
]


def topic(id_: int, user: int | None = None, name: str = "SQL") -> Row:
    return {"id": id_, "name": name, "user_id": user}


def session(id_: int, topic_id: int, user: int | None = None) -> Row:
    return {
        "id": id_,
        "topic_id": topic_id,
        "duration_minutes": 25,
        "study_date": DAY,
        "user_id": user,
    }


def adopted(
    url: str, topic_rows: list[Row], session_rows: list[Row], owner: str | None = None
) -> tuple[AdoptReport, dict[int, tuple[int, str]], dict[int, tuple[int, int]]]:
    """The report; topics as (user, name), and sessions as (user, topic), by id."""
    rows: Rows = {"users": USERS, "topics": topic_rows, "sessions": session_rows}
    support.put_rows(url, rows, MULTI_USER)
    report, stored, moved = support.adopted(url, owner)
    left_out = [row.row["id"] for row in moved if row.table == "sessions" and not row.corrected]
    assert sorted([*stored["sessions"], *left_out]) == sorted(row["id"] for row in session_rows)
    return (
        report,
        {id_: (row["user_id"], row["name"]) for id_, row in stored["topics"].items()},
        {id_: (row["user_id"], row["topic_id"]) for id_, row in stored["sessions"].items()},
    )


def test_the_users_of_both_are_kept(empty_url: str) -> None:
    """And each user has names of their own."""
    report, of_topics, of_sessions = adopted(
        empty_url, [topic(1, ADA), topic(2, BOB, "sql")], [session(1, 1, ADA), session(2, 2, BOB)]
    )
    assert of_topics == {1: (ADA, "SQL"), 2: (BOB, "sql")}
    assert of_sessions == {1: (ADA, 1), 2: (BOB, 2)}
    assert (report.owner_id, report.rejected) == (None, ())


def test_a_session_of_another_users_topic_is_rejected_whole(empty_url: str) -> None:
    """It is given neither to the one nor to the other, and it is not lost."""
    report, of_topics, of_sessions = adopted(
        empty_url, [topic(1, ADA), topic(2, BOB)], [session(1, 1, ADA), session(2, 1, BOB)]
    )
    assert of_topics == {1: (ADA, "SQL"), 2: (BOB, "SQL")}
    assert of_sessions == {1: (ADA, 1)}
    assert [(found.reason, found.ids) for found in report.rejected] == [
        ("its topic belongs to another user", (2,))
    ]
    with support.connect(empty_url) as connection:
        (moved,) = (row for row in support.moved(connection) if not row.corrected)
    assert (moved.row["topic_id"], moved.row["user_id"]) == (1, BOB)


def test_a_session_without_a_user_has_that_of_its_topic(empty_url: str) -> None:
    _report, _topics, of_sessions = adopted(
        empty_url, [topic(1, ADA), topic(2, BOB)], [session(1, 1), session(2, 2)]
    )
    assert of_sessions == {1: (ADA, 1), 2: (BOB, 2)}


def test_a_topic_that_several_users_share_is_given_to_each(empty_url: str) -> None:
    """The first keeps its id; the others get new ids after all old ones."""
    report, of_topics, of_sessions = adopted(
        empty_url,
        [topic(1), topic(9, name="Maps"), topic(10, BOB, "maps")],
        [session(1, 1, EVE), session(2, 1, BOB), session(3, 1, ADA), session(4, 9, ADA),
         session(5, 9, BOB)],
    )  # fmt: skip
    assert of_topics == {
        1: (ADA, "SQL"),
        9: (ADA, "Maps"),
        10: (BOB, "maps"),
        11: (BOB, "SQL"),
        12: (EVE, "SQL"),
    }
    assert of_sessions == {1: (EVE, 12), 2: (BOB, 11), 3: (ADA, 1), 4: (ADA, 9), 5: (BOB, 10)}
    findings = support.counts(report.corrected)
    assert findings["topics", "given to each user of its sessions"] == 2
    assert findings["sessions", "moved to its user's copy of the topic"] == 3
    assert report.kept == {"users": 3, "topics": 3, "sessions": 5}


def test_two_shared_topics_of_one_name_are_one_for_each_user(empty_url: str) -> None:
    _report, of_topics, of_sessions = adopted(
        empty_url,
        [topic(1), topic(2, name="sql"), topic(3, name="Sql")],
        [session(1, 1, ADA), session(2, 2, BOB), session(3, 3, ADA), session(4, 3, EVE)],
    )
    assert of_topics == {1: (ADA, "SQL"), 2: (BOB, "sql"), 4: (EVE, "Sql")}
    assert of_sessions == {1: (ADA, 1), 2: (BOB, 2), 3: (ADA, 1), 4: (EVE, 4)}


def test_nobody_gets_the_texts_of_another_users_topic(empty_url: str) -> None:
    """The shared topic becomes one with Ada's own, and Bob's copy is of the shared one."""
    mine = {**topic(1, ADA), "description": "I fail", "created_at": "2024-01-01 00:00:00"}
    shared = {**topic(2, None, "sql"), "description": "of all", "created_at": "2024-02-02 00:00:00"}
    rows: Rows = {
        "users": USERS,
        "topics": [mine, shared],
        "sessions": [session(1, 2, ADA), session(2, 2, BOB)],
    }
    support.put_rows(empty_url, rows, MULTI_USER)
    report, stored, moved = support.adopted(empty_url, None)
    found = {
        id_: (row["user_id"], row["name"], row["description"], row["created_at"].month)
        for id_, row in stored["topics"].items()
    }
    assert found == {1: (ADA, "SQL", "I fail", 1), 3: (BOB, "sql", "of all", 2)}
    assert [(item.reason, item.ids) for item in report.rejected] == [
        ("the owner has a topic of this name", (2,))
    ]
    (lost,) = (item.row for item in moved if item.table == "topics")
    assert lost["description"] == "of all"


def test_a_shared_topic_is_one_however_its_sessions_spell_its_id(
    backend: str, empty_url: str
) -> None:
    """A column of SQLite without a type holds 1 and '1'."""
    any_type = "" if backend == "sqlite" else "INTEGER"
    execute(
        empty_url,
        *HOST[:2],
        f"CREATE TABLE sessions (id INTEGER PRIMARY KEY, topic_id {any_type},"
        f" user_id {any_type}, study_date DATE, duration_minutes INTEGER)",
        f"CREATE TABLE categories (id INTEGER PRIMARY KEY, name VARCHAR(100), user_id {any_type})",
        *HOST[4:6],
        "INSERT INTO sessions VALUES (1, 1, 3, '2024-03-05', 25), (2, '1', '5', '2024-03-05', 50)",
        "INSERT INTO categories VALUES (1, 'Work', 3), (2, 'work', '3')",
    )
    assert adopt(empty_url).kept == {"users": 2, "categories": 1, "topics": 1, "sessions": 2}


def test_what_has_no_user_at_all_goes_to_the_owner_who_is_named(empty_url: str) -> None:
    report, of_topics, of_sessions = adopted(
        empty_url,
        [topic(1), topic(2, name="Maps"), topic(3, BOB)],
        [session(1, 1), session(2, 1, ADA), session(3, 3), session(4, 3, BOB)],
        "eve@example.com",
    )
    assert of_topics == {1: (ADA, "SQL"), 2: (EVE, "Maps"), 3: (BOB, "SQL"), 4: (EVE, "SQL")}
    assert of_sessions == {1: (EVE, 4), 2: (ADA, 1), 3: (BOB, 3), 4: (BOB, 3)}
    assert (report.owner_id, report.rejected) == (EVE, ())


def test_what_has_no_user_at_all_is_rejected_if_no_owner_is_named(empty_url: str) -> None:
    report, of_topics, of_sessions = adopted(
        empty_url,
        [topic(1), topic(2, name="Maps"), topic(3, GONE, "Art")],
        [session(1, 1), session(2, 1, ADA), session(3, 1, GONE), session(4, 3, ADA)],
    )
    assert of_topics == {1: (ADA, "SQL")}
    assert of_sessions == {2: (ADA, 1)}
    assert support.counts(report.rejected) == {
        ("topics", "no owner"): 1,
        ("topics", "its user does not exist"): 1,
        ("sessions", "no owner"): 1,
        ("sessions", "its user does not exist"): 1,
        ("sessions", "its topic was rejected"): 1,
    }


HOST = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE)",
    "CREATE TABLE topics (id INTEGER PRIMARY KEY, name VARCHAR(200) NOT NULL UNIQUE)",
    (
        "CREATE TABLE sessions (id INTEGER PRIMARY KEY, study_date DATE NOT NULL,"
        " user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
        " topic_id INTEGER NOT NULL REFERENCES topics (id) ON DELETE CASCADE,"
        " duration_minutes INTEGER NOT NULL)"
    ),
    "CREATE INDEX ix_sessions_user_id ON sessions (user_id)",
    "INSERT INTO users VALUES (3, 'ada@example.com'), (5, 'bob@example.com')",
    "INSERT INTO topics VALUES (1, 'SQL'), (2, 'Maps')",
    (
        "INSERT INTO sessions VALUES (1, '2024-03-05', 3, 1, 25), (2, '2024-03-05', 5, 1, 50),"
        " (3, '2024-03-06', 5, 2, 100)"
    ),
]
"""Its topics are everybody's."""


@pytest.mark.slow
def test_a_study_app_goes_on_with_its_users(
    backend: str, empty_url: str, shared_database: Callable[[str], Database]
) -> None:
    execute(empty_url, *HOST)
    with support.unchanged(empty_url):
        tried = adopt(empty_url, dry_run=True)
    assert tried.model_copy(update={"dry_run": False}) == adopt(empty_url)
    with support.unchanged(empty_url):
        assert adopt(empty_url).kept == {}
    database = Database(empty_url)
    with database.engine.connect() as connection, shared_database(backend).engine.connect() as new:
        described = catalogue.describe(connection, except_for=support.REJECTED)
        assert described == catalogue.describe(new)
    with database.session() as session:
        names = {user: [topic.name for topic in topics.find(session, user)] for user in (3, 5)}
        assert names == {3: ["SQL"], 5: ["Maps", "SQL"]}
        totals = study_sessions.totals_by_topic(session, 5, FIRST, LAST)
        assert {(total.name, total.minutes) for total in totals} == {("SQL", 50), ("Maps", 100)}
        assert study_sessions.total(session, 3, FIRST, LAST).minutes == 25
    database.dispose()


FIRST, LAST = date(2024, 3, 1), date(2024, 3, 31)


def test_users_of_topics_need_a_table_of_users(empty_url: str) -> None:
    execute(empty_url, HOST[1].replace("name", "user_id INTEGER, name"))
    (reason,) = support.reasons(empty_url, "ada@example.com")
    assert (reason.code, reason.table, reason.column) == ("table_needed", "topics", "user_id")
