"""A user's totals read an index and nothing else, however many sessions others have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from time import sleep
from typing import Any, cast

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from tests.services.measures import Work, measured
from tests.support.names import named, named_sql
from trackercore import (
    Base,
    Database,
    TagTotals,
    Timer,
    Topic,
    TopicTotal,
    Total,
    User,
    study_sessions,
)

pytestmark = pytest.mark.slow

USERS = 200
TOPICS = 4
OURS = 1_000
ALL = 200_000

NOW = datetime(2024, 6, 5, 12, tzinfo=UTC)
YEAR = {"start": date(2024, 1, 1), "end": date(2024, 12, 31)}
ALL_TIME: dict[str, date] = {}
WEEK = {"start": date(2024, 6, 3), "end": date(2024, 6, 9)}

_FOREIGN_KEYS = named_sql(
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE conrelid = CAST('sessions' AS regclass) AND contype = 'f'"
)
_ALL_VISIBLE = named_sql(
    "SELECT relallvisible = relpages FROM pg_class WHERE oid = CAST('sessions' AS regclass)"
)

Call = Callable[[Session, int, int], object]


def calls() -> Iterator[tuple[str, Call]]:
    """Every report: of a year, a week, all time; of all topics, of one; without and with timer."""
    reports: tuple[Callable[..., object], ...] = (
        study_sessions.total,
        study_sessions.totals_by_day,
        study_sessions.totals_by_week,
        study_sessions.totals_by_month,
        study_sessions.totals_by_year,
        study_sessions.totals_by_topic,
        study_sessions.rolling,
    )
    ranges: dict[str, list[dict[str, Any]]] = {"rolling": [{"n_days": 7}, {"n_days": 365}]}
    ranges["rolling"] += [days | {"as_of": NOW.date()} for days in ranges["rolling"]]
    for report in reports:
        for days in ranges.get(report.__name__, [YEAR, WEEK, ALL_TIME]):
            for running in (False, True):
                for of_topic in (False, True):
                    options = {"include_running": running, "now": NOW, **days}
                    name = ", ".join(f"{key}={value}" for key, value in options.items())
                    yield (
                        f"{report.__name__}({name}{', topic_id' * of_topic})",
                        _call(report, options, of_topic),
                    )


def _call(report: Callable[..., object], options: dict[str, Any], of_topic: bool) -> Call:
    def call(session: Session, user: int, topic: int) -> object:
        return report(session, user, topic_id=topic if of_topic else None, **options)

    return call


CALLS = dict(calls())
OF_TAGS = [
    (_call(study_sessions.totals_by_tag, {"fill": fill, "now": NOW, **days}, of_topic), of_topic)
    for days in (YEAR, WEEK, ALL_TIME)
    for fill in (False, True)
    for of_topic in (False, True)
]


class Crowd:
    """Users with four topics each, and what the database does for the first of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.session() as session:
            people = [{"email": f"{number}@example.com"} for number in range(USERS)]
            names = [{"name": name, "name_key": name} for name in ("go", "latin", "piano", "sql")]
            owners = list(session.scalars(insert(User).returning(User.id), people))
            session.execute(
                insert(Topic), [{"user_id": owner, **name} for owner in owners for name in names]
            )
            topics = session.execute(select(Topic.user_id, func.max(Topic.id)).group_by("user_id"))
            running: list[dict[str, Any]] = [
                {"user_id": owner, "topic_id": topic, "started_at": NOW - timedelta(hours=1)}
                for owner, topic in topics
            ]
            session.execute(insert(Timer), running)
        self.user, self.topic = running[0]["user_id"], running[0]["topic_id"]

    def study(self, whose: str, sessions_per_topic: int) -> None:
        """Give each topic of these users so many sessions, in the order of their days."""
        sessions = Base.metadata.tables[named("sessions")]
        days = {
            "sqlite": "date('2024-01-01', '+' || (n % 400) || ' days')",
            "postgresql": "DATE '2024-01-01' + n % 400",
        }
        with self.database.engine.begin() as connection:
            # Rows are written faster without what has to be kept up with each.
            foreign_keys: list[Any] = []
            if connection.dialect.name == "postgresql":
                foreign_keys += connection.execute(_FOREIGN_KEYS)
            for name, _ in foreign_keys:
                connection.execute(named_sql(f"ALTER TABLE sessions DROP CONSTRAINT {name}"))
            for index in sessions.indexes:
                index.drop(connection)
            connection.execute(
                named_sql(
                    "WITH RECURSIVE numbers (n) AS"
                    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number)"
                    " INSERT INTO sessions"
                    " (user_id, topic_id, study_date, duration_seconds, created_at, updated_at)"
                    f" SELECT user_id, id, {days[connection.dialect.name]}, n % 90 + 1, created_at,"
                    " updated_at"
                    f" FROM numbers CROSS JOIN topics WHERE user_id {whose} :user"
                ),
                {"number": sessions_per_topic, "user": self.user},
            )
            for index in sessions.indexes:
                index.create(connection)
            for name, definition in foreign_keys:
                connection.execute(
                    named_sql(f"ALTER TABLE sessions ADD CONSTRAINT {name} {definition}")
                )

    def tag(self) -> None:
        """Give every user three tags, and each of two of three sessions one or two of them."""
        with self.database.engine.begin() as connection:
            for name in ("deep", "exam", "group"):
                connection.execute(
                    named_sql(
                        "INSERT INTO tags (user_id, name, name_key, extra, created_at, updated_at)"
                        " SELECT id, :name, :name, extra, created_at, updated_at FROM users"
                    ),
                    {"name": name},
                )
            connection.execute(
                named_sql(
                    "INSERT INTO session_tags (user_id, session_id, tag_id)"
                    " SELECT sessions.user_id, sessions.id, tags.id FROM sessions"
                    " JOIN tags ON tags.user_id = sessions.user_id"
                    " WHERE sessions.id % 3 < 2 AND tags.id % 3 <= sessions.id % 3"
                )
            )

    def maintain(self) -> None:
        """Do what the database does by itself in time; not in a transaction."""
        engine = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("ANALYZE"))
                return
            connection.execute(text("VACUUM ANALYZE"))
            # No page is marked as visible to all whose rows may not have reached the disk yet.
            for _ in range(1000):
                if connection.execute(_ALL_VISIBLE).scalar_one():
                    return
                sleep(0.1)
                connection.execute(named_sql("VACUUM sessions"))
            pytest.fail("the visibility map stays incomplete")

    def run(self, call: Call) -> tuple[object, Work]:
        """What a call answers, and what that cost."""
        self.database.dispose()  # statements were prepared for the old indexes
        with self.database.session(read_only=True) as session:
            session.connection().execute(
                named_sql("SELECT 1 FROM users")
            )  # SQLite reads the schema
            with measured(session) as work:
                answer = call(session, self.user, self.topic)
        assert len(work.selects) == 1, work.selects
        return answer, work

    def explain(self, how: str, work: Work) -> list[Any]:
        """The rows in which the database explains how it runs a statement."""
        ((statement, parameters),) = work.selects
        with self.database.session(read_only=True) as session:
            explained = session.connection().exec_driver_sql(
                f"{how} {statement}", cast("dict[str, Any]", parameters)
            )
            return list(explained)


@pytest.fixture
def crowd(empty_url: str) -> Iterator[Crowd]:
    database = Database(empty_url)
    database.init()
    yield Crowd(database)
    database.dispose()


def nodes(plan: Any, table: str = "sessions") -> Iterator[dict[str, Any]]:
    """Each step of a plan of PostgreSQL's that reads a table."""
    if plan.get("Relation Name") == named(table):
        yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child, table)


def visited(scans: Iterable[dict[str, Any]]) -> float:
    """How many rows these steps look at."""
    rows: list[float] = [
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
        for scan in scans
    ]
    return sum(rows)


def counted(answer: object) -> int:
    """How many sessions a report is about."""
    totals = cast("list[Total | TopicTotal]", answer if isinstance(answer, list) else [answer])
    return sum(total.sessions for total in totals)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_reads_an_index_only_and_of_it_the_sessions_it_counts(crowd: Crowd) -> None:
    crowd.study("=", OURS // TOPICS)
    crowd.study("<>", ALL // USERS // TOPICS)
    crowd.maintain()
    for name, call in CALLS.items():
        answer, work = crowd.run(call)
        ((plan,),) = crowd.explain("EXPLAIN (ANALYZE, FORMAT JSON)", work)
        scans = list(nodes(plan[0]["Plan"]))
        assert {scan["Node Type"] for scan in scans} == {"Index Only Scan"}, (name, plan)
        assert sum(scan["Heap Fetches"] for scan in scans) == 0, (name, plan)
        # Which days a rolling total is about is known afterwards: there are three more.
        more = 3 * TOPICS if "rolling" in name and "as_of" not in name else 0
        assert 0 < counted(answer) <= visited(scans) <= counted(answer) + more, (name, plan)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_searches_a_covering_index_and_works_no_harder_the_more_others_study(
    crowd: Crowd,
) -> None:
    crowd.study("=", OURS // TOPICS)
    crowd.study("<>", 1)
    alone = {name: crowd.run(call)[1].amount for name, call in CALLS.items()}
    crowd.study("<>", ALL // USERS // TOPICS)
    for analyzed in (False, True):
        if analyzed:
            crowd.maintain()
        for name, call in CALLS.items():
            answer, work = crowd.run(call)
            assert counted(answer) > 0
            steps = [step.detail for step in crowd.explain("EXPLAIN QUERY PLAN", work)]
            reading = [step for step in steps if re.match(r"(SCAN|SEARCH) sessions\b", step)]
            assert len(reading) == 1, (name, steps)
            assert reading[0].startswith("SEARCH sessions USING COVERING INDEX"), (name, steps)
            assert "study_date>? AND study_date<?" in reading[0], (name, steps)
            if not analyzed:  # otherwise the plan may be another
                assert work.amount == alone[name], name


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_reads_for_tags_the_sessions_it_counts_and_the_users_links(crowd: Crowd) -> None:
    crowd.study("=", OURS // TOPICS)
    crowd.study("<>", ALL // USERS // TOPICS)
    crowd.tag()
    crowd.maintain()
    for call, of_topic in OF_TAGS:
        answer, work = crowd.run(call)
        ((plan,),) = crowd.explain("EXPLAIN (ANALYZE, FORMAT JSON)", work)
        scans = list(nodes(plan[0]["Plan"]))
        number = cast("TagTotals", answer).total.sessions
        assert 0 < 2 * number == visited(scans), plan  # for the total, and for the tags
        if not of_topic:  # the index of a topic's days has no ids
            assert {scan["Node Type"] for scan in scans} == {"Index Only Scan"}, plan
            assert sum(scan["Heap Fetches"] for scan in scans) == 0, plan
        links = list(nodes(plan[0]["Plan"], "session_tags"))
        assert 0 < visited(links) <= 1.2 * OURS, plan


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_searches_covering_indexes_of_sessions_and_of_their_tags(crowd: Crowd) -> None:
    crowd.study("=", OURS // TOPICS)
    crowd.study("<>", ALL // USERS // TOPICS)
    crowd.tag()
    for analyzed in (False, True):
        if analyzed:
            crowd.maintain()
        for call, _ in OF_TAGS:
            answer, work = crowd.run(call)
            assert cast("TagTotals", answer).total.sessions > 0
            steps = [step.detail for step in crowd.explain("EXPLAIN QUERY PLAN", work)]
            reading = [
                step for step in steps if re.match(rf"(SCAN|SEARCH) {named('session')}", step)
            ]
            assert len(reading) == 3, steps  # sessions for the total and for the tags, and links
            for step in reading:
                assert re.match(r"SEARCH \w+ USING COVERING INDEX .*\(user_id=\?", step), steps
