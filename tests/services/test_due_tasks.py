"""Which tasks are overdue, due today and upcoming: the user's day decides, to the microsecond."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.support import NOW
from tests.support.databases import empty
from tests.support.statements import count_statements
from trackercore import (
    Database,
    Due,
    InvalidCursor,
    Page,
    Task,
    TaskCreate,
    TaskFilters,
    UserCreate,
    overview,
    tasks,
    users,
)

DUES: tuple[Due, ...] = ("overdue", "today", "upcoming")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Apia",
)


def all_pages(session: Session, user_id: int, limit: int, due: Due, now: datetime) -> list[Task]:
    found: list[Task] = []
    page: Page[Task] | None = None
    while page := tasks.find(session, user_id, due=due, now=now, limit=limit, after=page):
        assert len(page) == limit or page.next is None, "a page that is not the last is full"
        found += page
    return found


def expected(task: TaskCreate, now: datetime, zone: ZoneInfo, day_starts_at: int) -> Iterator[Due]:
    """The rule of the design, word for word."""
    shift = timedelta(minutes=day_starts_at)

    def local(instant: datetime) -> date:
        return (instant.astimezone(zone).replace(tzinfo=None) - shift).date()

    if task.completed:
        return
    day = local(task.due_at) if task.due_at else task.due_date
    if (task.due_at and task.due_at < now) or (task.due_date and task.due_date < local(now)):
        yield "overdue"
    if day == local(now):
        yield "today"
    if day and day > local(now):
        yield "upcoming"


moments = st.datetimes(
    datetime.fromisoformat("2011-12-20"),
    datetime.fromisoformat("2012-01-10"),
    timezones=st.just(UTC),
)


@st.composite
def lists(draw: st.DrawFn) -> tuple[datetime, list[TaskCreate]]:
    """A moment, and tasks due around it, some of them at the moment itself."""
    now = draw(moments)
    near = st.integers(-3, 3).map(lambda hours: now + timedelta(hours=12 * hours))
    instants = st.one_of(moments, near, st.just(now))
    due: st.SearchStrategy[dict[str, object]] = st.one_of(
        instants.map(lambda instant: dict[str, object](due_at=instant)),
        instants.map(lambda instant: dict[str, object](due_date=instant.date())),
        st.builds(dict[str, object]),
    )
    completed = st.integers(0, 5).map(lambda number: number == 0)
    fields = st.tuples(due, completed).map(lambda pair: {**pair[0], "completed": pair[1]})
    wanted = fields.map(lambda data: TaskCreate.model_validate({"title": "x", **data}))
    return now, draw(st.lists(wanted, max_size=12))


@settings(max_examples=settings().max_examples // 10)
@given(lists(), st.sampled_from(ZONES), st.sampled_from([0, 1, 180, 720, 1439]), st.integers(1, 4))
def test_each_list_holds_what_the_rule_says_on_full_pages(
    database: Database,
    many: tuple[datetime, list[TaskCreate]],
    zone: str,
    day_starts_at: int,
    limit: int,
) -> None:
    now, wanted = many
    with database.session() as session:
        data = UserCreate(email="a@example.com", time_zone=zone, day_starts_at=day_starts_at)
        user = users.create(session, data)
        rows = [tasks.create(session, user.id, task) for task in wanted]
        for due in DUES:
            found = all_pages(session, user.id, limit, due, now)
            assert found == [
                row
                for row, task in zip(rows, wanted, strict=True)
                if due in expected(task, now, ZoneInfo(zone), day_starts_at)
            ]
            assert tasks.count(session, user.id, due=due, now=now) == len(found)
    empty(database)


def test_a_timed_task_earlier_today_is_overdue_and_due_today_an_undated_one_neither(
    session: Session,
) -> None:
    data = UserCreate(email="a@example.com", time_zone="Europe/Berlin", day_starts_at=180)
    user = users.create(session, data)
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 10, 12, tzinfo=berlin)
    midnight = datetime.combine(date(2026, 3, 11), time(0), berlin)
    dues: dict[str, dict[str, object]] = {
        "yesterday, a whole day": {"due_date": date(2026, 3, 9)},
        "last night, before the day began": {"due_at": midnight - timedelta(hours=21, minutes=1)},
        "this night, when the day began": {"due_at": midnight - timedelta(hours=21)},
        "now": {"due_at": now},
        "today, a whole day": {"due_date": date(2026, 3, 10)},
        "after midnight, still today": {"due_at": midnight + timedelta(hours=2, minutes=59)},
        "tomorrow, when the day begins": {"due_at": midnight + timedelta(hours=3)},
        "tomorrow, a whole day": {"due_date": date(2026, 3, 11)},
        "some day": {},
    }
    for title, due in dues.items():
        tasks.create(session, user.id, TaskCreate.model_validate({"title": title, **due}))
    done = tasks.create(session, user.id, TaskCreate(title="done", due_date=date(2026, 3, 10)))
    tasks.complete(session, user.id, done.id)

    def titles(due: Due) -> list[str]:
        return [task.title for task in tasks.find(session, user.id, due=due, now=now)]

    assert titles("overdue") == [
        "yesterday, a whole day",
        "last night, before the day began",
        "this night, when the day began",
    ]
    assert titles("today") == [
        "this night, when the day began",
        "now",
        "today, a whole day",
        "after midnight, still today",
    ]
    assert titles("upcoming") == ["tomorrow, when the day begins", "tomorrow, a whole day"]


def test_what_was_due_a_moment_ago_is_overdue_though_it_is_yesterday_again(
    session: Session,
) -> None:
    """In St. John's, the clock went from one past midnight back to the evening before."""
    user = users.create(session, UserCreate(email="a@example.com", time_zone="America/St_Johns"))
    due_at = datetime(2010, 11, 7, 2, 30, 30, tzinfo=UTC)  # half a minute past midnight
    task = tasks.create(session, user.id, TaskCreate(title="Sleep", due_at=due_at))
    assert task.due_day == date(2010, 11, 7)
    now = due_at + timedelta(minutes=10)
    assert users.today(session, user.id, now=now) == date(2010, 11, 6)
    assert list(tasks.find(session, user.id, due="overdue", now=now)) == [task]


def test_an_archived_task_is_not_due(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    for day in (9, 10, 11):
        task = tasks.create(session, user.id, TaskCreate(title="x", due_date=date(2026, 3, day)))
        task.archived_at = NOW
    for due in DUES:
        assert not tasks.find(session, user.id, due=due, archived=None, now=NOW)
        assert tasks.count(session, user.id, due=due, archived=True, now=NOW) == 0
    seen = overview(session, user.id, now=NOW)
    assert (seen.overdue, seen.due_today) == ([], [])


def test_due_is_a_condition_like_the_others(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    for title, day in (("Mow", 9), ("Sow", 9), ("Mow", 10)):
        data = TaskCreate(title=title, due_date=date(2026, 3, day))
        tasks.create(session, user.id, data)
    found = tasks.find(session, user.id, due="overdue", text="mow", now=NOW)
    assert [(task.title, task.due_date) for task in found] == [("Mow", date(2026, 3, 9))]
    assert not tasks.find(session, user.id, due="overdue", completed=True, now=NOW)


def test_due_refers_to_the_clock_by_default(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    now = datetime.now(UTC)
    for hours in (-72, 72):
        due_at = now + timedelta(hours=hours)
        tasks.create(session, user.id, TaskCreate(title=str(hours), due_at=due_at))
    assert [task.title for task in tasks.find(session, user.id, due="overdue")] == ["-72"]
    assert [task.title for task in tasks.find(session, user.id, due="upcoming")] == ["72"]


@pytest.mark.parametrize("due", DUES)
def test_a_page_costs_two_statements_at_most(session: Session, due: Due) -> None:
    """Many tasks just before and after the day must not be read page by page."""
    user = users.create(session, UserCreate(email="a@example.com"))
    for day in (9, 11):
        for _ in range(60):
            data = TaskCreate(title="near", due_date=date(2026, 3, day))
            tasks.create(session, user.id, data)
    with count_statements(session) as statements:
        tasks.find(session, user.id, due=due, now=NOW, limit=10)
    assert len(statements) <= 2, statements  # the user's day, and the tasks


def test_a_task_is_not_shown_as_due_before_it_starts_unless_that_is_wanted(
    session: Session,
) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    dues: tuple[tuple[Due, date], ...] = (
        ("overdue", date(2026, 3, 9)),
        ("today", date(2026, 3, 10)),
        ("upcoming", date(2026, 3, 11)),
    )
    for due, day in dues:
        for starts_on in (None, date(2026, 3, 10), date(2026, 3, 11)):
            task = tasks.create(session, user.id, TaskCreate(title=due, due_date=day))
            task.starts_on = starts_on  # a service refuses one after the due day
    for due, _ in dues:
        ahead = due == "upcoming"  # a task has started on its due day
        found = tasks.find(session, user.id, due=due, now=NOW)
        starts = [None, date(2026, 3, 10), date(2026, 3, 11)]
        assert [task.starts_on for task in found] == (starts[:2] if ahead else starts)
        wanted = tasks.find(session, user.id, due=due, started=None, now=NOW)
        assert [task.title for task in wanted] == [due] * 3
        later = tasks.find(session, user.id, due=due, started=False, now=NOW)
        assert [task.starts_on for task in later] == (starts[2:] if ahead else [])
        for started, number in ((True, 3 - ahead), (False, int(ahead)), (None, 3)):
            assert tasks.count(session, user.id, due=due, started=started, now=NOW) == number
    seen = overview(session, user.id, now=NOW)
    assert [len(each) for each in (seen.overdue, seen.due_today)] == [3, 3]
    assert tasks.count(session, user.id) == tasks.count(session, user.id, due=None, now=NOW) == 9


def test_what_can_be_done_now_is_open_and_has_started_on_the_users_day(session: Session) -> None:
    data = UserCreate(email="a@example.com", time_zone="Pacific/Kiritimati", day_starts_at=180)
    user = users.create(session, data)
    ahead = [None, date(2026, 3, 9), date(2026, 3, 11), date(2026, 3, 12)]
    for starts_on in ahead:
        tasks.create(session, user.id, TaskCreate(title="x", starts_on=starts_on))
    tasks.create(session, user.id, TaskCreate(title="done", completed=True))
    three = datetime(2026, 3, 11, 3, tzinfo=ZoneInfo("Pacific/Kiritimati"))

    def starts(started: bool, now: datetime) -> list[date | None]:
        filters: TaskFilters = {"completed": False, "started": started}
        found = tasks.find(session, user.id, **filters, order_by="starts", now=now)
        assert tasks.count(session, user.id, **filters, now=now) == len(found)
        return [task.starts_on for task in found]

    for now, number in ((three - timedelta(microseconds=1), 2), (three, 3)):
        assert starts(True, now) == [*ahead[1:number], None]
        assert starts(False, now) == ahead[number:]


def test_a_list_reads_today_only_if_it_needs_it(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    needed: list[tuple[int, TaskFilters]] = [
        (1, {}),
        (1, {"started": None}),
        (2, {"started": True}),
        (2, {"started": False}),
        (2, {"due": "today", "started": None}),
        (2, {"due": "today"}),
    ]
    for number, filters in needed:
        with count_statements(session) as statements:
            tasks.find(session, user.id, **filters, now=NOW)
        assert len(statements) == number, filters


def test_the_pages_of_a_list_go_by_what_started_means(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    for _ in range(3):
        tasks.create(session, user.id, TaskCreate(title="x", due_date=date(2026, 3, 10)))
    page = tasks.find(session, user.id, due="today", now=NOW, limit=1)
    assert len(tasks.find(session, user.id, due="today", started=True, now=NOW, after=page)) == 2
    for started in (False, None):
        with pytest.raises(InvalidCursor):
            tasks.find(session, user.id, due="today", started=started, now=NOW, after=page)
