"""Databases full of broken rows: `adopt` does the same with them as the oracle."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, func, insert, select, text

from tests.adoption import dirty, oracle, support
from tests.adoption.legacy import Row, Rows
from tests.adoption.oracle import LOSSY, Outcome, Rejected
from trackercore import AdoptReport, Base

pytestmark = pytest.mark.slow

# A seed has no simpler form, and a failure lists the rows.
few_examples = settings(
    max_examples=max(settings().max_examples // 40, 1),
    phases=set(Phase) - {Phase.shrink, Phase.explain},
)
seeds = given(seed=st.integers(0, 2**32 - 1))

RULES = {
    *LOSSY,
    oracle.NO_ID,
    oracle.NAIVE,
    oracle.SAME_CATEGORY,
    oracle.SAME_TOPIC,
    oracle.GIVEN_TO_ONE,
    oracle.GIVEN_TO_EACH,
    oracle.OTHERS_TOPIC,
    oracle.COPIED_TOPIC,
    "another user has this email address in other letters",
    "completed was not set",
    "created_at set to the time of adoption",
    "due_date at midnight taken as a day",
    "duration_minutes is not 1 to 1440",
    "email address in lower case",
    "email address too long",
    "frequency respelled",
    "hashed_password too long",
    "its frequency is not known",
    "its topic does not exist",
    "its topic was rejected",
    "its user does not exist",
    "its user was rejected",
    "moved to the category of the same name",
    "moved to the topic of the same name",
    "name too long",
    "name trimmed",
    "no email address",
    "no name",
    "no owner",
    "no study_date",
    "no title",
    "no topic",
    "streak is not a whole number up to 1000000",
    "streak kept as the starting streak",
    "study_date cannot be read",
    "study_date taken from created_at",
    "title too long",
    "title trimmed",
}


SQLITE_RULES = {
    "completed cannot be read",
    "description cannot be read",
    "hashed_password cannot be read",
    "notes cannot be read",
}


def test_the_random_databases_meet_every_rule(backend: str, empty_url: str) -> None:
    met = Counter[str]()
    for seed in range(30):
        given_rows = dirty.generate(seed, backend)
        old = support.put(empty_url, given_rows)
        outcome = oracle.adopt(old, datetime.now(UTC).date(), given_rows.owner_email)
        for (_table, reason), rows in (outcome.corrections + outcome.rejections).items():
            met[reason] += rows
    known = RULES | SQLITE_RULES if backend == "sqlite" else RULES
    assert set(met) == known
    assert {rule for rule in known if met[rule] < 3} == set()


@few_examples
@seeds
@example(seed=511)  # with rows in every table, and shared topics
@example(seed=79)  # a shared topic becomes one with a user's own, and another user gets a copy
@example(seed=46)  # the same on PostgreSQL
def test_rows_are_kept_mended_and_rejected_by_the_rules(
    backend: str, empty_url: str, seed: int
) -> None:
    given_rows = dirty.generate(seed, backend)
    old = support.put(empty_url, given_rows)
    since = datetime.now(UTC)
    report, stored, moved = support.adopted(empty_url, given_rows.owner_email)
    days = {since.date(), datetime.now(UTC).date()}  # two, if midnight came between
    assert_every_row_is_there_once(old, stored, moved, report)
    outcomes = [oracle.adopt(old, day, given_rows.owner_email) for day in days]
    outcome = min(outcomes, key=lambda outcome: len(differing(stored, outcome)))
    assert differing(stored, outcome) == {}
    assert support.comparable(moved) == support.comparable(outcome.moved)
    assert_reported(report, outcome)
    with support.connect(empty_url) as connection:
        if backend == "sqlite":
            assert_stored_as_trackercore_does(connection)
        assert_ids_go_on(connection, old)


def differing(stored: support.Stored, outcome: Outcome) -> dict[str, object]:
    """The rows that are not as expected: what is there, what should be."""
    expected = {**{table: {} for table in stored}, **outcome.tables}
    return {
        f"{table} {key}": (stored[table].get(key), expected[table].get(key))
        for table in stored
        for key in stored[table].keys() | expected[table].keys()
        if stored[table].get(key) != expected[table].get(key)
    }


def assert_every_row_is_there_once(
    old: Rows, stored: support.Stored, moved: list[Rejected], report: AdoptReport
) -> None:
    """Whatever the rules are, no row is lost and none is there twice."""
    rejected = Counter(item.table for item in moved if not item.corrected)
    assert set(report.kept) == set(old)
    for table, rows in old.items():
        new = set(stored[table])
        if table == "users":
            new -= {report.owner_id}
        if table == "topics":
            new = {key for key in new if key <= max_id(rows)}  # the others are copies
        gone = [item.row for item in moved if item.table == table and not item.corrected]
        old_ids = [row["id"] for row in rows]
        assert len(rows) == report.kept[table] + rejected[table]
        assert new <= set(old_ids)
        assert not new & {row["id"] for row in gone if isinstance(row["id"], int)}


def max_id(rows: list[Row]) -> int:
    return max((row["id"] for row in rows if oracle.is_id(row["id"])), default=0)


def assert_reported(report: AdoptReport, outcome: Outcome) -> None:
    assert report.kept == outcome.kept
    assert support.counts(report.corrected) == outcome.corrections
    assert support.counts(report.rejected) == outcome.rejections
    assert len(report.corrected) == len(outcome.corrections)
    assert len(report.rejected) == len(outcome.rejections)
    assert report.owner_id == outcome.owner_id
    assert not report.dry_run


def assert_stored_as_trackercore_does(connection: Connection) -> None:
    """SQLite stores any spelling, and comparisons need one."""
    assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            query = f"SELECT {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL"
            for value in connection.exec_driver_sql(query).scalars():
                match str(column.type).partition("(")[0]:
                    case "DATETIME":
                        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", value), column
                    case "DATE":
                        assert re.fullmatch(r"\d{4}-\d\d-\d\d", value), column
                    case "BOOLEAN":
                        assert value in {0, 1}, column
                    case "TEXT" | "VARCHAR":
                        assert isinstance(value, str), column
                    case _:
                        assert isinstance(value, int), column


def assert_ids_go_on(connection: Connection, old: Rows) -> None:
    """A new row of any table gets an id that no old one had, rejected ones included."""
    owner = next_id(connection, Base.metadata.tables["users"], old, email="new@example.com")
    mine: Row = {"user_id": owner}
    tables = Base.metadata.tables
    next_id(connection, tables["categories"], old, **mine, name="new", name_key="new")
    next_id(connection, tables["tasks"], old, **mine, title="new")
    today = datetime.now(UTC).date()
    next_id(connection, tables["habits"], old, **mine, name="n", frequency="daily", starts_on=today)
    topic = next_id(connection, tables["topics"], old, **mine, name="new", name_key="new")
    study: Row = {"topic_id": topic, "study_date": today, "duration_seconds": 60}
    next_id(connection, tables["sessions"], old, **mine, **study)


def next_id(connection: Connection, table: Table, old: Rows, **values: object) -> int:
    there = connection.scalar(select(func.max(table.c.id))) or 0
    used = [row["id"] for row in old.get(table.name, []) if oracle.is_id(row["id"])]
    given: int = connection.execute(
        insert(table).values(**values).returning(table.c.id)
    ).scalar_one()
    assert given == max(*used, there, 0) + 1, table.name
    return given
