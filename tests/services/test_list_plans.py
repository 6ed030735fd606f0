"""Pages of long lists are read in the order of an index, from where they begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple, cast

import pytest
from sqlalchemy import ColumnElement, Connection, Table, func, select, text
from sqlalchemy.orm import Session

from tests.services.calls import ORDERS
from tests.services.measures import analyze, effort, measured
from tests.services.study_sessions.test_plans import nodes
from tests.services.support import NOW, TODAY
from tests.services.test_cursors import decoded, encoded
from tests.support.fixtures import OpenDatabase
from tests.support.names import named, short
from tests.support.row_security import Secured
from trackercore import (
    Base,
    Database,
    Page,
    StudySession,
    Task,
    UserCreate,
    study_sessions,
    tasks,
    topics,
    users,
)

LIMIT = 100
SOME_WEEKS = (TODAY - timedelta(days=50), TODAY + timedelta(days=50))


class Listing(NamedTuple):
    """A common list: its arguments, and the conditions on its rows that have a value."""

    find: Callable[..., Page[Any]]
    options: dict[str, Any]
    rows: tuple[ColumnElement[bool], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.find.__module__.split('.')[2]}.find"


OPEN = Task.completed.is_(False)
LISTS = {
    "open tasks by due date": Listing(
        tasks.find, {"completed": False, "order_by": "due"}, (OPEN, Task.due_day.is_not(None))
    ),
    "all tasks by due date": Listing(tasks.find, {"order_by": "due"}, (Task.due_day.is_not(None),)),
    "open tasks that are due some day": Listing(
        tasks.find,
        {"completed": False, "has_due": True, "order_by": "due"},
        (OPEN, Task.due_day.is_not(None)),
    ),
    "open tasks that are never due": Listing(
        tasks.find,
        {"completed": False, "has_due": False, "order_by": "due"},
        (OPEN, Task.due_day.is_(None)),
    ),
    "overdue tasks": Listing(
        tasks.find, {"due": "overdue", "order_by": "due", "now": NOW}, (OPEN, Task.due_day < TODAY)
    ),
    "upcoming tasks": Listing(
        tasks.find, {"due": "upcoming", "order_by": "due", "now": NOW}, (OPEN, Task.due_day > TODAY)
    ),
    "open tasks due in some weeks": Listing(
        tasks.find,
        {
            "completed": False,
            "due_start": SOME_WEEKS[0],
            "due_end": SOME_WEEKS[1],
            "order_by": "due",
        },
        (OPEN, Task.due_day.between(*SOME_WEEKS)),
    ),
    "open tasks by position": Listing(
        tasks.find, {"completed": False, "order_by": "position"}, (OPEN,)
    ),
    "completed tasks by when": Listing(
        tasks.find, {"completed": True, "order_by": "completed"}, (Task.completed_at.is_not(None),)
    ),
    "open tasks by priority": Listing(
        tasks.find, {"completed": False, "order_by": "priority"}, (OPEN, Task.priority.is_not(None))
    ),
    "tasks by id": Listing(tasks.find, {"order_by": "id"}),
    "tasks by creation": Listing(tasks.find, {"order_by": "created"}),
    "sessions by day": Listing(study_sessions.find, {"order_by": "day"}),
    "sessions by day of some weeks": Listing(
        study_sessions.find,
        {"start": SOME_WEEKS[0], "end": SOME_WEEKS[1], "order_by": "day"},
        (StudySession.study_date.between(*SOME_WEEKS),),
    ),
    "topics by name": Listing(topics.find, {"order_by": "name"}),
}


def each_list() -> Iterator[tuple[str, Listing, dict[str, Any]]]:
    """Each list in both directions."""
    for name, listing in LISTS.items():
        for sign in ("", "-"):
            order_by = f"{sign}{listing.options['order_by']}"
            yield f"{sign}{name}", listing, listing.options | {"order_by": order_by}


def fill(connection: Connection, number: int, owners: list[int]) -> None:
    """So many tasks, fewer sessions and still fewer topics, of the owners in turn."""
    is_sqlite = connection.dialect.name == "sqlite"
    mixed = "(CAST(n AS bigint) * 7919 % 100003)"

    def day(days: str) -> str:
        if is_sqlite:
            return f"date('{TODAY}', ({days}) || ' days')"
        return f"DATE '{TODAY}' + CAST({days} AS integer)"

    def instant(minutes: str) -> str:
        if is_sqlite:
            form = "%Y-%m-%d %H:%M:%S.000000"
            return f"strftime('{form}', '{TODAY}', ({minutes}) || ' minutes')"
        return f"TIMESTAMPTZ '{TODAY} 00:00:00+00' + ({minutes}) * INTERVAL '1 minute'"

    def when(condition: str, value: str) -> str:
        return f"CASE WHEN {condition} THEN {value} END"

    due = when("n % 7 <> 0", day(f"{mixed} % 2000 - 1000"))
    rows: dict[str, tuple[int, dict[str, str]]] = {
        "tasks": (
            number,
            {
                "title": "'t'",
                "title_key": "'t'",
                "completed": "n % 3 = 0",
                "completed_at": when("n % 3 = 0", instant(mixed)),
                "completed_on": when("n % 3 = 0", day(f"{mixed} / 1440")),
                "due_date": due,
                "due_day": due,
                "archived_at": when("n % 50 = 0", instant("0")),
                "position": mixed,
                "priority": when("n % 5 <> 0", f"{mixed} % 9 + 1"),
            },
        ),
        "topics": (
            number // 50,
            {"name": "CAST(n AS text)", "name_key": f"CAST({mixed} AS text) || '-' || n"},
        ),
        "sessions": (
            number // 5,
            {
                "topic_id": f"(SELECT max(id) FROM topics WHERE user_id = {owners[0]} + n % 2)",
                "study_date": day(f"{mixed} % 2000 - 1000"),
                "duration_seconds": f"{mixed} % 3600 + 60",
            },
        ),
    }
    for table, (many, values) in rows.items():
        values |= {"created_at": instant(mixed), "updated_at": instant(mixed)}
        values |= {"user_id": f"{owners[0]} + n % 2"}
        statement = (
            "WITH RECURSIVE numbers (n) AS"
            f" (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {many})"
            f" INSERT INTO {table} ({', '.join(values)})"
            f" SELECT {', '.join(values.values())} FROM numbers"
        )
        statement = named(statement)
        connection.exec_driver_sql(statement if is_sqlite else statement.replace("%", "%%"))


def table_of(name: str) -> Table:
    return Base.metadata.tables[named(name)]


def two_users(session: Session) -> list[int]:
    emails = ("ada@example.com", "eve@example.com")
    return [users.create(session, UserCreate(email=email)).id for email in emails]


def plan_of(session: Session, find: Callable[..., object], *args: Any, **options: Any) -> Any:
    """How the database reads the page, or what else the last statement reads."""
    with measured(session) as work:
        find(session, *args, **options)
    statement, parameters = work.selects[-1]
    how = "EXPLAIN QUERY PLAN" if is_sqlite(session) else "EXPLAIN (FORMAT JSON)"
    rows = session.connection().exec_driver_sql(f"{how} {statement}", cast("Any", parameters))
    return [row.detail for row in rows] if is_sqlite(session) else rows.scalar_one()[0]["Plan"]


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


LISTED = ("tasks", "sessions", "topics")
"""The tables that are filled; the others are empty, so that PostgreSQL reads them whole."""


def check_plan(plan: Any) -> None:
    """An index is read in its order; what is sorted is a page of rows with a value and without."""
    if isinstance(plan, list):
        steps = cast("list[str]", plan)
        listed = "|".join(map(named, LISTED))
        reading = [step for step in steps if re.search(rf" ({listed})\b", step)]
        assert reading, steps
        # A page that was chosen by keys is read by them.
        how = r"SEARCH \w+ USING ((COVERING )?INDEX|INTEGER PRIMARY KEY \(rowid=\?\))"
        assert all(re.match(how, step) for step in reading), steps
        if "MERGE (UNION ALL)" not in steps:  # of two parts, each a page at most
            assert not any("TEMP B-TREE" in step for step in steps), steps
    else:
        check_node(plan)


def check_node(node: dict[str, Any], is_sorted: bool = False) -> None:
    kind = node["Node Type"]
    if "Scan" in kind and short(node.get("Relation Name", "")) in LISTED:
        assert kind in ("Index Scan", "Index Only Scan"), node
        assert not is_sorted, node
    # An incremental sort puts those in order that are equal in the index: here, one row.
    is_sorted = (is_sorted or kind == "Sort") and kind != "Limit"
    for child in node.get("Plans", ()):
        check_node(child, is_sorted)


def prefer_indexes(session: Session) -> None:
    """Of few rows, PostgreSQL would rather read and sort all: this shows what it can do."""
    for method in ("seqscan", "bitmapscan", "sort"):
        session.connection().exec_driver_sql(f"SET LOCAL enable_{method} = off")


@pytest.mark.no_citus("PostgreSQL's plan is in that of a task")
def test_pages_of_common_lists_read_an_index_and_sort_nothing(session: Session) -> None:
    owners = two_users(session)
    fill(session.connection(), 2_000, owners)
    analyze(session)
    if not is_sqlite(session):
        prefer_indexes(session)
    for _, listing, options in each_list():
        page = listing.find(session, owners[0], **options, limit=2)
        assert page.next is not None
        for after in (None, page):
            check_plan(plan_of(session, listing.find, owners[0], **options, after=after, limit=2))


def test_row_level_security_reads_the_same_indexes(
    secured: Secured, open_database: OpenDatabase
) -> None:
    """The policy compares the owner once more, which leaves the order of the index alone."""
    owner_of_tables = open_database(secured.url)
    with owner_of_tables.session() as session:
        owners = two_users(session)
        fill(session.connection(), 2_000, owners)
        analyze(session)
    database = open_database(secured.login_url, owner_role=secured.role)
    with database.session(owner=owners[0]) as session:
        prefer_indexes(session)
        for listing in LISTS.values():
            check_plan(plan_of(session, listing.find, owners[0], **listing.options, limit=2))
        total = plan_of(session, study_sessions.total, owners[0], *SOME_WEEKS)
        assert {scan["Node Type"] for scan in nodes(total, "sessions")} == {"Index Only Scan"}


@pytest.mark.slow
def test_a_page_in_the_middle_of_a_million_rows_is_read_as_the_first_one(empty_url: str) -> None:
    database = Database(empty_url)
    database.init()
    with database.session() as session:
        owners = two_users(session)
        connection = session.connection()
        # Rows are written faster without what has to be kept up with each.
        indexes = [
            index for name in ("tasks", "topics", "sessions") for index in table_of(name).indexes
        ]
        for index in indexes:
            index.drop(connection)
        fill(connection, 1_000_000, owners)
        for index in indexes:
            index.create(connection)
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))
    with database.session(read_only=True) as session:
        for name, listing, options in each_list():
            after = middle(session, listing, owners[0], options)
            check_plan(plan_of(session, listing.find, owners[0], **options, after=after))
            page = listing.find(session, owners[0], **options, after=after)
            assert len(page) == LIMIT, name
            assert page.next is not None, name
            first, in_middle = (
                effort(session, listing.find, session, owners[0], **options, after=each)
                for each in (None, after)
            )
            # SQLite seeks the first column of a key alone, so it reads those that are equal in it:
            # 6 times the first page, of half a million tasks with nine priorities.
            if not (is_sqlite(session) and name.endswith("by priority")):
                assert in_middle <= 2 * first, (name, first, in_middle)
            if not is_sqlite(session):
                # Both parts, each row in a scan and in the step that reads the part.
                assert in_middle <= 2 * 2 * 1.5 * (LIMIT + 1), (name, in_middle)
    database.dispose()


def middle(session: Session, listing: Listing, owner: int, options: dict[str, Any]) -> str:
    """The cursor of the row in the middle of those with a value, as the list would write it."""
    order = ORDERS[listing.name](options["order_by"])
    table = order.model
    columns = [column.expression for column in order.columns]
    rows = select(*columns).where(table.__table__.c.user_id == owner, *listing.rows)
    if table is Task:
        rows = rows.where(Task.archived_at.is_(None))
    half = session.execute(rows.with_only_columns(func.count(columns[-1]))).scalar_one() // 2
    key = session.execute(rows.order_by(*columns).offset(half).limit(1)).one()
    first = listing.find(session, owner, **options, limit=1)
    assert first.next is not None
    texts = ("" if each is None else each if isinstance(each, str) else None for each in key)
    written = [
        text if text is not None else each.isoformat() if hasattr(each, "isoformat") else str(each)
        for text, each in zip(texts, key, strict=True)
    ]
    return encoded(",".join([decoded(first.next)[0], *written]))
