"""Rows and results in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

import trackercore
from tests.support.statements import count_statements
from trackercore import (
    AdoptReport,
    Base,
    CategoryCreate,
    CheckInCreate,
    Finding,
    Habit,
    HabitCreate,
    Page,
    RefusalReason,
    StudyGoalCreate,
    StudySessionCreate,
    SubtaskProgress,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    TimedSessionCreate,
    Total,
    TrackerError,
    UserCreate,
    UserRead,
    UserUpdate,
    categories,
    habits,
    overview,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
DAY = date(2026, 3, 10)


class Table(HTMLParser):
    """The cells of the tables in some HTML, and its other text; every tag must be closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
        else:
            self.text += data


def html_of(shown: object) -> str:
    """What Jupyter shows."""
    method: Callable[[], str] = getattr(shown, "_repr_html_")  # noqa: B009 - a protocol of IPython
    return method()


@pytest.fixture
def ada(session: Session) -> int:
    return users.create(session, UserCreate(email="ada@example.com")).id


@pytest.fixture
def run(session: Session, ada: int) -> Habit:
    data = HabitCreate(name="Run", frequency="daily", starts_on=date(2026, 3, 1))
    habit = habits.create(session, ada, data, now=NOW)
    items = [CheckInCreate(on=date(2026, 3, day)) for day in range(6, 11)]
    habits.check_in_many(session, ada, habit.id, items, now=NOW)
    session.refresh(habit)
    return habit


def test_a_row_is_shown_by_its_key_and_its_main_values(
    session: Session, ada: int, run: Habit
) -> None:
    sql = topics.get_or_create(session, ada, "SQL")
    data = StudySessionCreate(topic_id=sql.id, duration_minutes=50, study_date=DAY)
    row = study_sessions.create(session, ada, data, now=NOW)
    (first, *_) = habits.check_ins(session, ada, run.id)
    habits.get(session, ada, run.id, now=NOW)
    timer = study_sessions.start(session, ada, sql.id, now=NOW)
    goal = study_sessions.set_goal(session, ada, StudyGoalCreate(minutes=60), effective_from=DAY)
    task = tasks.create(session, ada, TaskCreate(title="Sweep", due_date=DAY, tags=["home"]))
    tag = tags.get_or_create(session, ada, "home")
    shown = {
        users.get(session, ada): f"User(id={ada}, email='ada@example.com', time_zone='UTC')",
        run: f"Habit(user_id={ada}, id={run.id}, name='Run', frequency='daily', target=1,"
        " current_streak=5, as_of=2026-03-10)",
        first: f"CheckIn(user_id={ada}, habit_id={run.id}, day=2026-03-06, status='done',"
        " amount=1)",
        sql: f"Topic(user_id={ada}, id={sql.id}, name='SQL')",
        row: f"StudySession(user_id={ada}, id={row.id}, topic_id={sql.id}, study_date=2026-03-10,"
        " duration_minutes=50)",
        timer: f"Timer(user_id={ada}, topic_id={sql.id}, started_at=2026-03-10 11:00:00+00:00)",
        goal: f"StudyGoal(user_id={ada}, topic_key=0, weekday=0, effective_from=2026-03-10,"
        " minutes=60)",
        task: f"Task(user_id={ada}, id={task.id}, title='Sweep', completed=False,"
        " due_date=2026-03-10)",
        tag: f"Tag(user_id={ada}, id={tag.id}, name='home', task_count=1, habit_count=0,"
        " session_count=0)",
    }
    assert {row: repr(row) for row in shown} == shown


def test_a_time_of_day_is_shown_as_days_are(session: Session, ada: int) -> None:
    data = TaskCreate(title="Sweep", due_at=NOW, recurrence="FREQ=DAILY")
    task: TaskRead = TaskRead.model_validate(tasks.create(session, ada, data))
    assert "recurrence_start=2026-03-10, recurrence_time=11:00:00, " in repr(task)


def test_a_habit_shows_the_streak_of_its_standing_and_none_without_one(
    session: Session, ada: int
) -> None:
    data = HabitCreate(
        name="Smoke", frequency="daily", direction="at_most", target=0, starts_on=DAY
    )
    smoke = habits.create(session, ada, data, now=NOW)
    habits.get(session, ada, smoke.id, now=NOW + timedelta(days=9))
    assert repr(smoke).endswith("target=0, current_streak=9, as_of=2026-03-19)")
    session.expire(smoke)
    assert repr(smoke) == f"Habit(user_id={ada}, id={smoke.id})"


MODELS = sorted((mapper.class_ for mapper in Base.registry.mappers), key=repr)


@pytest.mark.parametrize("model", MODELS)
def test_a_repr_and_a_table_never_fail_run_no_sql_and_show_no_unknown_column(
    model: type[Base], session: Session
) -> None:
    assert set(model.__shown__) <= set(model.__mapper__.columns.keys())
    assert "hashed_password" not in model.__shown__
    with count_statements(session) as statements:
        for row in (model(), model.__new__(model)):
            assert repr(row).startswith(f"{model.__name__}(")
            assert Table(html_of(row)).text.strip() == ""
    assert statements == []


WITH_TEXT = TrackerError | RefusalReason | SubtaskProgress


def shown_in_notebooks() -> Iterator[type]:
    """The models, the schemas and the dataclasses among the public names."""
    for name in trackercore.__all__:
        thing: object = getattr(trackercore, name)
        is_dataclass = "__dataclass_fields__" in dir(thing)
        if not isinstance(thing, type) or issubclass(thing, WITH_TEXT):
            continue  # which have a text
        if is_dataclass or issubclass(thing, Base | BaseModel):
            yield thing


@pytest.mark.parametrize("kind", list(shown_in_notebooks()))
def test_every_row_and_every_result_is_a_table_in_a_notebook(kind: type) -> None:
    assert callable(getattr(kind, "_repr_html_", None))


def test_a_single_row_is_a_table_of_its_main_values_with_units(
    session: Session, ada: int, run: Habit
) -> None:
    task = tasks.create(session, ada, TaskCreate(title="<b>Sweep</b>", due_date=DAY))
    habit = habits.get(session, ada, run.id, now=NOW)
    study_sessions.set_goal(session, ada, StudyGoalCreate(minutes=60), effective_from=DAY)
    progress = study_sessions.goal_progress(session, ada, DAY, now=NOW)
    with count_statements(session) as statements:
        shown = {row: Table(html_of(row)).rows for row in (task, habit)}
        standing, goal = html_of(habit.standing), html_of(progress)
        read = Table(html_of(TaskRead.model_validate(task))).rows
    assert statements == []
    assert shown[task] == [
        ["id", str(task.id)],
        ["title", "<b>Sweep</b>"],
        ["completed", "no"],
        ["due date", "2026-03-10"],
    ]
    assert shown[habit] == [
        ["id", str(run.id)],
        ["name", "Run"],
        ["frequency", "daily"],
        ["target", "1"],
        ["current streak (periods)", "5"],
        ["as of", "2026-03-10"],
    ]
    assert Table(standing).rows == [
        ["as of", "2026-03-10"],
        ["current streak (periods)", "5"],
        ["longest streak (periods)", "5"],
    ]
    assert ["goal (minutes)", "60"] in Table(goal).rows
    assert ["title", "<b>Sweep</b>"] in read
    assert {"user id", "position", "created at", "updated at"}.isdisjoint(name for name, _ in read)


def test_no_table_of_a_user_shows_the_password_hash(session: Session) -> None:
    new = UserCreate(email="a@example.com", hashed_password="s3cr3t")  # noqa: S106
    user = users.create(session, new)
    for shown in (new, UserUpdate(hashed_password="s3cr3t"), user, UserRead.model_validate(user)):  # noqa: S106
        assert "s3cr3t" not in html_of(shown)
    assert ["email", "a@example.com"] in Table(html_of(user)).rows


def test_a_report_of_an_adoption_is_a_table() -> None:
    finding = Finding(table="tasks", reason="no title", rows=1, ids=(7,))
    report = AdoptReport(dry_run=True, revision="1", kept={"tasks": 9}, rejected=(finding,))
    rows = Table(html_of(report)).rows
    assert ["corrected", "none"] in rows
    assert ["tasks", "no title", "1", "(7,)"] in [[cell.strip() for cell in row] for row in rows]


def test_a_row_that_was_read_in_part_shows_that_part(session: Session, run: Habit) -> None:
    session.expire(run, ["name", "frequency"])
    assert repr(run) == f"Habit(user_id={run.user_id}, id={run.id}, target=1)"


def test_a_deleted_row_still_shows_its_values(session: Session, ada: int) -> None:
    category = categories.create(session, ada, CategoryCreate(name="Home"))
    categories.delete(session, ada, category.id)
    assert repr(category) == f"Category(user_id={ada}, id={category.id}, name='Home')"


def test_long_text_is_shortened(session: Session, ada: int) -> None:
    task = tasks.create(session, ada, TaskCreate(title="x" * 255, description="y" * 100_000))
    read = TaskRead.model_validate(task)
    for shown in (task, read, TaskCreate(title="x" * 255, description="y" * 100_000)):
        assert len(repr(shown)) < 700
        assert "…'" in repr(shown)
        assert len(str(shown)) < 700


def test_a_result_is_one_short_line_however_much_it_holds(session: Session, ada: int) -> None:
    for number in range(30):
        data = HabitCreate(name=f"Habit {number}", frequency="daily")
        habits.create(session, ada, data, now=NOW)
    screen = overview(session, ada, now=NOW)
    assert repr(screen) == (
        "Overview(today=2026-03-10, habits=<30 HabitToday>, overdue=[], due_today=[],"
        " minutes_today=0, goal_today=None, week_start=2026-03-09, minutes_this_week=0,"
        " goal_this_week=None, timer=None)"
    )
    assert repr(screen.habits[0]).startswith("HabitToday(habit_id=")


def test_updates_show_only_the_fields_that_are_set() -> None:
    assert repr(TaskUpdate(due_date=None)) == "TaskUpdate(due_date=None)"
    assert repr(UserUpdate(week_starts_on=7)) == "UserUpdate(week_starts_on=7)"
    assert repr(UserUpdate(hashed_password="x")) == "UserUpdate()"  # noqa: S106
    assert str(HabitCreate(name="Run", frequency="weekdays", weekdays={3, 1})).startswith(
        "frequency='weekdays' target=1 every=1 weekdays={1, 3} "
    )


def test_a_page_is_a_table_that_says_whether_it_is_the_last(session: Session, ada: int) -> None:
    for title in ("Sweep", "Mop"):
        tasks.create(session, ada, TaskCreate(title=title, due_date=DAY))
    page = tasks.find(session, ada, limit=1)
    shown = Table(html_of(page))
    assert shown.rows == [
        ["id", "title", "completed", "due date"],
        [str(page.items[0].id), "Sweep", "no", "2026-03-10"],
    ]
    assert "after=page.next" in shown.text
    assert "the last page" in Table(html_of(tasks.find(session, ada, after=page.next))).text


def test_a_column_that_is_none_in_all_rows_is_left_out(session: Session, ada: int) -> None:
    tasks.create(session, ada, TaskCreate(title="Sweep", due_date=DAY))
    screen = overview(session, ada, now=NOW)
    html = html_of(screen)
    assert "<th>due date</th>" in html
    assert "<th>due at</th>" not in html


def test_a_page_without_rows_says_so(session: Session, ada: int) -> None:
    assert "no rows" in Table(html_of(tasks.find(session, ada))).text


def test_text_of_a_user_is_never_markup(session: Session, ada: int) -> None:
    name = "<script>alert('x')</script> & \"more\""
    categories.create(session, ada, CategoryCreate(name=name))
    html = html_of(categories.find(session, ada))
    assert "<script>" not in html
    assert Table(html).rows[1][1] == name


def test_a_table_shows_no_password_hash(session: Session) -> None:
    users.create(session, UserCreate(email="a@example.com", hashed_password="s3cr3t"))  # noqa: S106
    shown = Table(html_of(users.find(session)))
    assert shown.rows[0] == ["id", "email", "time zone"]
    assert "s3cr3t" not in html_of(users.find(session))


def test_a_long_list_shows_60_rows_and_how_many_more_there_are(session: Session, ada: int) -> None:
    totals = study_sessions.totals_by_day(session, ada, date(2026, 1, 1), DAY, fill=True)
    shown = Table(html_of(totals))
    assert shown.rows[0] == ["start", "end", "minutes", "seconds", "sessions"]
    assert shown.rows[1] == ["2026-01-01", "2026-01-01", "0", "0", "0"]
    assert len(shown.rows) == 1 + 60 + 1
    assert shown.rows[-1] == [f"… {len(totals) - 60} more"]
    assert len(Table(html_of(totals[:3])).rows) == 1 + 3


def test_a_list_of_results_is_a_list_in_every_other_way(session: Session, ada: int) -> None:
    totals = study_sessions.totals_by_day(session, ada, DAY, DAY, fill=True)
    plain = [Total(start=DAY, end=DAY, minutes=0, seconds=0, sessions=0)]
    assert isinstance(totals, list)
    assert totals == plain
    assert totals[0] == plain[0]
    assert repr(totals) == repr(plain)
    assert totals + plain == [*plain, *plain]


LISTS: dict[str, Callable[[Session, int, Habit], object]] = {
    "check_ins": lambda session, user, run: habits.check_ins(session, user, run.id),
    "history": lambda session, user, run: habits.history(session, user, run.id, DAY, DAY, now=NOW),
    "strength_by_day": lambda session, user, run: habits.strength_by_day(
        session, user, run.id, DAY, DAY, now=NOW
    ),
    "done_by_weekday": lambda session, user, run: habits.done_by_weekday(
        session, user, run.id, DAY, DAY, now=NOW
    ),
    "done_by_day": lambda session, user, run: habits.done_by_day(session, user, DAY, DAY, now=NOW),
    "best_streaks": lambda session, user, run: habits.best_streaks(session, user, run.id, now=NOW),
    "due": lambda session, user, run: habits.due(session, user, date(2026, 3, 11)),
    "schedules": lambda session, user, run: habits.schedules(session, user, run.id),
    "pauses": lambda session, user, run: (
        habits.pause(session, user, run.id, starts_on=DAY, now=NOW),
        habits.pauses(session, user, run.id),
    )[1],
    "goals": lambda session, user, run: (
        study_sessions.set_goal(session, user, StudyGoalCreate(minutes=9), now=NOW),
        study_sessions.goals(session, user),
    )[1],
    "totals_by_topic": lambda session, user, run: (
        topics.get_or_create(session, user, "SQL"),
        study_sessions.totals_by_topic(session, user, DAY, DAY, fill=True),
    )[1],
    "totals_by_week": lambda session, user, run: study_sessions.totals_by_week(
        session, user, DAY, DAY, fill=True
    ),
    "agenda": lambda session, user, run: (
        tasks.create(session, user, TaskCreate(title="Sweep", due_date=DAY)),
        tasks.agenda(session, user, DAY, DAY, now=NOW),
    )[1],
    "parts": lambda session, user, run: study_sessions.create_timed(
        session,
        user,
        TimedSessionCreate(
            topic_id=topics.get_or_create(session, user, "SQL").id,
            started_at=datetime(2026, 3, 8, 23, tzinfo=UTC),
            ended_at=datetime(2026, 3, 9, 1, tzinfo=UTC),
        ),
        now=NOW,
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_that_a_service_returns_is_a_table(
    name: str, session: Session, ada: int, run: Habit
) -> None:
    head, *rows = Table(html_of(LISTS[name](session, ada, run))).rows
    assert rows
    assert all(len(row) == len(head) for row in rows)
    assert "user id" not in head


def test_a_single_result_is_a_table_of_its_fields_with_units(
    session: Session, ada: int, run: Habit
) -> None:
    shown = Table(html_of(habits.streak(session, ada, run.id, now=NOW)))
    assert shown.rows == [
        ["current (periods)", "5"],
        ["longest (periods)", "5"],
        ["since", "2026-03-06"],
        ["alive through", "2026-03-11"],
    ]
    result = habits.check_in(session, ada, run.id, now=NOW)
    assert ["created", "no"] in Table(html_of(result)).rows
    screen = Table(html_of(overview(session, ada, now=NOW)))
    assert ["overdue", "none"] in screen.rows
    assert any("Run" in row for row in screen.rows)


def test_the_agenda_shows_what_is_due_when_and_not_all_that_the_tasks_have(
    session: Session, ada: int
) -> None:
    water = TaskCreate(title="Water", due_at=NOW, recurrence="FREQ=DAILY", tags=["home"])
    first = tasks.create(session, ada, water).id
    second = tasks.create(session, ada, TaskCreate(title="Sweep", due_date=DAY)).id
    agenda = tasks.agenda(session, ada, DAY, DAY + timedelta(days=1), now=NOW)
    timed = next(item for item in agenda if item.task.id == first)
    assert repr(timed) == (
        f"AgendaItem(day=2026-03-10, status='open', title='Water', task_id={first},"
        " occurrence_date=2026-03-10, due_date=None, due_at=2026-03-10 11:00:00+00:00)"
    )
    head, *rows = Table(html_of(agenda)).rows
    assert head == ["day", "status", "title", "task id", "occurrence date", "due date", "due at"]
    assert rows == [
        ["2026-03-10", "open", "Sweep", str(second), "", "2026-03-10", ""],
        ["2026-03-10", "open", "Water", str(first), "2026-03-10", "", "2026-03-10 11:00:00+00:00"],
        [
            "2026-03-11",
            "upcoming",
            "Water",
            str(first),
            "2026-03-11",
            "",
            "2026-03-11 11:00:00+00:00",
        ],
    ]
    assert html_of(timed).count("<table") == html_of(agenda).count("<table") == 1


def test_totals_by_tag_are_one_table_with_the_total_below(session: Session, ada: int) -> None:
    topic = topics.get_or_create(session, ada, "SQL")
    for minutes, names in ((30, ["a", "b"]), (20, ["a"]), (5, [])):
        data = StudySessionCreate(topic_id=topic.id, duration_minutes=minutes, tags=names)
        study_sessions.create(session, ada, data, now=NOW)
    html = html_of(study_sessions.totals_by_tag(session, ada, DAY, DAY))
    head, *rows = Table(html).rows
    assert head == ["tag id", "name", "minutes", "seconds", "sessions"]
    assert [row[1:3] for row in rows] == [["a", "50"], ["b", "30"]]
    assert Table(html).text.strip() == "55 minutes in all, 5 of them without a tag"
    assert html.count("<table") == 1


def test_a_page_of_rows_that_were_read_in_part_has_only_their_columns(
    session: Session, ada: int
) -> None:
    tasks.create(session, ada, TaskCreate(title="Sweep"))
    session.flush()
    session.expunge_all()
    task = session.scalars(select(Task)).one()
    session.expire(task, ["title"])
    with count_statements(session) as statements:
        assert Table(html_of(Page([task]))).rows[0] == ["id", "completed"]
    assert statements == []
