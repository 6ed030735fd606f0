"""Pictures show what the services return. The tests read what is on the axes, not pixels."""

from __future__ import annotations

import calendar
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple, cast, get_args

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from pydantic import ValidationError
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from tests.support.learner import END, NOW, START, Learner
from trackercore import (
    CheckIn,
    Frequency,
    Habit,
    HabitCreate,
    HabitUpdate,
    NotExactlyOne,
    NotFound,
    StudySession,
    StudySessionCreate,
    TimedSessionCreate,
    TopicUpdate,
    User,
    UserCreate,
    UserUpdate,
    frames,
    habits,
    plots,
    study_sessions,
    tasks,
    topics,
    users,
)
from trackercore.domain.calendar import Unit
from trackercore.domain.frequency import FREQUENCIES
from trackercore.domain.report import DayStatus
from trackercore.plots._calendar import STATUSES
from trackercore.plots._done_calendar import SHARES
from trackercore.testing import Factory

PNG = b"\x89PNG"


def cells(ax: Axes) -> dict[str, set[tuple[int, int]]]:
    """The week and the row of each cell, by what it shows."""
    places: dict[str, set[tuple[int, int]]] = {}
    for collection in ax.collections:
        if isinstance(collection, PatchCollection):
            corners = [np.asarray(path.vertices).min(axis=0) for path in collection.get_paths()]
            places[str(collection.get_label())] = {(int(x), int(y)) for x, y in corners}
    return {label: cells for label, cells in places.items() if cells}


def legend_of(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


class Bar(NamedTuple):
    """A bar of a stack."""

    x: float
    bottom: float
    height: float


def stacks(ax: Axes) -> dict[str, list[Bar]]:
    """The bars, by topic."""
    bars: dict[str, list[Bar]] = {}
    for collection in ax.collections:
        corners = [np.asarray(path.vertices) for path in collection.get_paths()]
        lower, upper = [box.min(axis=0) for box in corners], [box.max(axis=0) for box in corners]
        bars[str(collection.get_label())] = [
            Bar(x, y, top - y) for (x, y), (_, top) in zip(lower, upper, strict=True)
        ]
    return bars


def heights(ax: Axes) -> dict[str, list[float]]:
    return {label: [bar.height for bar in bars] for label, bars in stacks(ax).items()}


def ticks_of(ax: Axes) -> list[str]:
    cast("Figure", ax.figure).draw_without_rendering()
    return [label.get_text() for label in ax.get_xticklabels()]


def rows_of(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def number_of(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def day_at(x: float) -> date:
    return date(1970, 1, 1) + timedelta(days=x)


def bars(ax: Axes) -> list[tuple[date, date]]:
    """The first and the last day that each bar covers, from top to bottom."""
    boxes = [bar for container in ax.containers for bar in cast("list[Rectangle]", container)]
    return [
        (day_at(box.get_x()), day_at(box.get_x() + box.get_width() - 1))
        for box in sorted(boxes, key=lambda box: box.get_y())
    ]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in sorted(ax.texts, key=lambda text: text.get_position()[1])]


def png_of(ax: Axes) -> bytes:
    """What Jupyter shows. To make it, everything must be drawn."""
    method: Callable[[], tuple[bytes, dict[str, int]]] = getattr(ax, "_repr_png_")  # noqa: B009
    png, size = method()
    assert png.startswith(PNG)
    assert size["width"] == 650
    return png


def test_a_calendar_of_a_habit_has_a_cell_for_every_past_day_by_its_status(
    session: Session, ada: Learner
) -> None:
    habits.pause(session, ada.id, ada.run, starts_on=date(2026, 7, 1), now=NOW)
    ax = plots.calendar(session, ada.id, habit_id=ada.run, now=NOW)
    days = habits.history(session, ada.id, ada.run, date(2026, 1, 1), NOW.date(), now=NOW)
    counts = Counter(day.status.replace("_", " ") for day in days)
    assert {label: len(places) for label, places in cells(ax).items()} == counts
    assert set(counts) == {"done", "missed", "skipped", "paused", "pending", "not due"}
    assert legend_of(ax) == [f"{label} ({counts[label]})" for label in cells(ax)]
    assert ax.get_title(loc="left") == "Run, 2026: done on 9 days"
    png_of(ax)


def test_a_calendar_has_a_future_day_only_if_something_is_recorded_on_it(
    session: Session, ada: Learner
) -> None:
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Kiritimati"), now=NOW)
    ahead = date(2026, 3, 11)  # their today, and tomorrow in Honolulu
    habits.check_in(session, ada.id, ada.run, on=ahead, now=NOW)
    session_ahead = StudySessionCreate(topic_id=ada.sql, duration_minutes=30, study_date=ahead)
    study_sessions.create(session, ada.id, session_ahead, now=NOW)
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Honolulu"), now=NOW)
    for habit_id, label in ((ada.run, "done"), (None, "30-59")):
        drawn = cells(plots.calendar(session, ada.id, habit_id=habit_id, now=NOW))
        assert (10, 3) in drawn[label]  # the Wednesday of the week of March 8
        assert max(set[tuple[int, int]]().union(*drawn.values())) == (10, 3)


def test_a_calendar_of_a_habit_at_most_shows_what_was_kept(session: Session, ada: Learner) -> None:
    data = HabitCreate(
        name="Coffee",
        frequency="daily",
        target=2,
        direction="at_most",
        starts_on=date(2026, 3, 1),
    )
    habit = habits.create(session, ada.id, data, now=NOW).id
    for day, amount in ((3, 2), (4, 2.5), (10, 0)):
        habits.check_in(session, ada.id, habit, on=date(2026, 3, day), amount=amount, now=NOW)
    ax = plots.calendar(session, ada.id, habit_id=habit, now=NOW)
    counts = {label: len(places) for label, places in cells(ax).items()}
    days = habits.history(session, ada.id, habit, date(2026, 1, 1), NOW.date(), now=NOW)
    assert counts == Counter(day.status.replace("_", " ") for day in days)
    assert (counts["kept"], counts["exceeded"]) == (8, 1)
    assert ax.get_title(loc="left") == "Coffee, 2026: kept on 8 days"
    legend = ax.get_legend()
    assert legend is not None
    lines = legend.findobj(Line2D)
    check_mark = cast("Path", lines[0].get_marker())
    left, middle, right = np.asarray(check_mark.vertices)[:, 1]
    assert middle < left < right  # not upside down
    png_of(ax)


@pytest.mark.parametrize("status", get_args(DayStatus))
def test_every_status_looks_different_also_in_print(status: DayStatus) -> None:
    look = STATUSES[status]
    others = [other for name, other in STATUSES.items() if name != status]
    assert all((other.fill, other.mark) != (look.fill, look.mark) for other in others)


def test_weeks_are_columns_and_begin_on_the_users_day(session: Session, ada: Learner) -> None:
    ax = plots.calendar(session, ada.id, habit_id=ada.run, now=NOW)
    assert rows_of(ax) == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    # 2026-01-01 was a Thursday; 2026-02-10, in the week of the 8th, a Tuesday.
    assert cells(ax)["skipped"] == {(6, 2)}
    assert (0, 4) in cells(ax)["not due"]
    assert (0, 3) not in set[tuple[int, int]]().union(*cells(ax).values())
    months = [label.get_text() for label in ax.get_xticklabels()]
    assert months[0] == "Jan"
    assert len(months) == 12


def test_a_calendar_of_study_puts_days_on_steps_that_do_not_depend_on_the_year(
    session: Session, ada: Learner
) -> None:
    ax = plots.calendar(session, ada.id, now=NOW)
    counts = {label: len(places) for label, places in cells(ax).items()}
    # 20 and 15; 60, 90 and 90; 345
    assert counts == {"0": 69 - 6, "1-29": 2, "60-119": 3, "240 or more": 1}
    assert legend_of(ax) == ["0", "1-29", "30-59", "60-119", "120-239", "240 or more"]
    assert ax.get_title(loc="left") == "Study, 2026: 620 minutes on 6 days"
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "minutes a day"
    png_of(ax)


def test_a_calendar_of_all_habits_has_a_cell_for_every_past_day_on_which_anything_was_due(
    session: Session, ada: Learner
) -> None:
    ax = plots.done_calendar(session, ada.id, now=NOW)
    days = habits.done_by_day(session, ada.id, date(2026, 1, 1), NOW.date(), now=NOW)
    shares = [day.done / day.due for day in days if day.due]
    assert 0 < len(shares) < len(days)
    steps = {"none": 0, "1-24 %": 0.01, "25-49 %": 0.25, "50-74 %": 0.5, "75-99 %": 0.75, "all": 1}
    counts = Counter([step for step in steps if steps[step] <= share][-1] for share in shares)
    assert {label: len(places) for label, places in cells(ax).items()} == counts
    assert legend_of(ax) == list(steps)
    done, due = sum(day.done for day in days), sum(day.due for day in days)
    assert ax.get_title(loc="left") == f"All habits, 2026: done {done} of {due} times"
    png_of(ax)


def test_the_steps_of_a_calendar_of_all_habits_are_darker_for_more(
    session: Session, ada: Learner
) -> None:
    nobody = users.create(session, UserCreate(email="bob@example.com")).id
    for number in range(200):
        habit = HabitCreate(name="Habit", frequency="daily", starts_on=END)
        row = habits.create(session, nobody, habit, now=NOW)
        if number == 0:
            habits.check_in(session, nobody, row.id, now=NOW)
    ax = plots.done_calendar(session, nobody, now=NOW)
    assert list(cells(ax)) == ["1-24 %"]  # one of 200 is more than none
    shades = [int(look.fill[1:3], 16) + int(look.fill[3:5], 16) for look in SHARES.values()]
    assert shades == sorted(shades, reverse=True)
    assert ax.get_title(loc="left") == "All habits, 2026: done 1 of 200 times"
    empty = plots.done_calendar(session, nobody, year=2025, now=NOW)
    assert cells(empty) == {}
    assert empty.get_title(loc="left") == "All habits, 2025: done 0 of 0 times"


def test_pictures_add_up_seconds(session: Session, ada: Learner) -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for number, length in enumerate((50, 50, 40)):
        begins = start + number * timedelta(days=1)
        ends = begins + timedelta(seconds=length)
        data = TimedSessionCreate(topic_id=ada.unused, started_at=begins, ended_at=ends)
        study_sessions.create_timed(session, ada.id, data, now=NOW)
    ax = plots.weeks(session, ada.id, start=date(2026, 3, 2), end=date(2026, 3, 7))
    assert ax.get_title(loc="left").endswith(": 92 minutes")  # 90 of them past midnight
    assert heights(ax)["Unused"] == [pytest.approx(140 / 60)]
    ax = plots.calendar(session, ada.id, topic_id=ada.unused, now=NOW)
    assert ax.get_title(loc="left") == "Unused, 2026: 2 minutes on 3 days"
    assert len(cells(ax)["1-29"]) == 3


def test_a_calendar_of_study_may_be_of_one_topic_and_another_year(
    session: Session, ada: Learner
) -> None:
    ax = plots.calendar(session, ada.id, topic_id=ada.sql, year=2025, now=NOW)
    assert {label: len(places) for label, places in cells(ax).items()} == {"0": 365}
    assert ax.get_title(loc="left") == "SQL, 2025: 0 minutes on 0 days"
    leap_year = plots.calendar(session, ada.id, year=2024, now=NOW)
    assert len(cells(leap_year)["0"]) == 366


@pytest.mark.parametrize("year", [1, 9999])
def test_the_first_and_the_last_year_can_be_drawn(
    year: int, session: Session, ada: Learner
) -> None:
    png_of(plots.calendar(session, ada.id, habit_id=ada.run, year=year, now=NOW))
    png_of(plots.done_calendar(session, ada.id, year=year, now=NOW))


@pytest.mark.parametrize("week_starts_on", range(1, 8))
def test_the_first_date_is_a_monday(week_starts_on: int, session: Session, ada: Learner) -> None:
    users.update(session, ada.id, UserUpdate(week_starts_on=week_starts_on))
    ax = plots.calendar(session, ada.id, year=1, now=NOW)
    days = sorted(cells(ax)["0"])
    assert len(days) == 365
    assert rows_of(ax)[days[0][1]] == "Mon"


def test_the_bars_of_weeks_are_the_minutes_of_the_topics(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=START, end=END)
    frame = frames.seconds_by_topic(session, ada.id, start=START, end=END, by="week") / 60
    assert heights(ax) == {
        str(name): minutes[minutes > 0].tolist() for name, minutes in frame.items()
    }
    assert legend_of(ax) == ["Rust", "SQL"]  # as in the stack, where the first is at the bottom
    assert ax.get_ylabel() == "minutes per week"
    assert ax.get_xlabel() == "weeks, from Sunday on"
    assert ax.get_title(loc="left") == "Study by topic, 2026-01-01 to 2026-03-10: 620 minutes"
    png_of(ax)


def test_bars_stand_on_each_other_and_on_the_weeks_first_day(
    session: Session, ada: Learner
) -> None:
    ax = plots.weeks(session, ada.id, start=START, end=END)
    of_sql, of_rust = stacks(ax).values()
    assert [day_at(bar.x) for bar in of_sql] == [
        date(2026, 1, 25),
        date(2026, 2, 1),
        date(2026, 3, 8),
    ]
    assert of_rust[0] == Bar(number_of(date(2025, 12, 28)), 0, 20)  # a Sunday
    assert (of_rust[1].bottom, of_rust[1].height) == (300, 45)
    assert ax.get_ylim()[1] > 345


def test_the_dates_below_weeks_are_their_first_days(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=START, end=END)
    days = [day_at(tick) for tick in ax.get_xticks()]
    assert days == [date(2025, 12, 28) + timedelta(weeks=number) for number in range(0, 11, 2)]
    labels = ["28\nDec\n2025", "11\nJan\n2026", "25", "8\nFeb", "22", "8\nMar"]
    assert ticks_of(ax) == labels
    year = plots.weeks(session, ada.id, start=date(2025, 12, 1), end=date(2026, 11, 30))
    assert ticks_of(year)[:3] == ["Jan\n2026", "Mar", "May"]


@pytest.mark.parametrize("end", [END, date.max])
def test_a_long_range_is_shown_from_its_first_week_with_study_to_its_last(
    end: date, session: Session, ada: Learner
) -> None:
    ax = plots.weeks(session, ada.id, start=date(1900, 1, 1), end=end, max_days=10**7)
    png_of(ax)
    assert len(ax.patches) == 0
    assert len(ax.collections) == 2  # one for each topic: a patch for each week is slow to draw
    assert sum(map(sum, heights(ax).values())) == 620
    assert [day_at(x) for x in ax.get_xlim()] == [date(2025, 12, 26), date(2026, 3, 17)]
    short = plots.weeks(session, ada.id, start=date(2025, 6, 1), end=END)
    assert day_at(short.get_xlim()[0]) == date(2025, 5, 30)


@pytest.mark.parametrize("week_starts_on", range(1, 8))
def test_the_first_and_the_last_week_can_be_drawn(
    week_starts_on: int, session: Session, ada: Learner
) -> None:
    users.update(session, ada.id, UserUpdate(week_starts_on=week_starts_on))
    for day in (date.max, date.min):  # nobody's today is date.max, but rows may have it
        session.execute(update(StudySession).values(study_date=day, topic_id=ada.sql))
        ax = plots.weeks(session, ada.id, start=day, end=day)
        assert heights(ax) == {"SQL": [620]}
        png_of(ax)
    # 0001-01-01 was a Monday, in a week that may have begun before there were dates.
    (bar,) = stacks(plots.weeks(session, ada.id, start=date.min, end=date(1, 1, 9)))["SQL"]
    assert bar.x == number_of(date.min) - (1 - week_starts_on) % 7


def test_topics_beyond_the_most_studied_share_a_stack(session: Session, ada: Learner) -> None:
    for number in range(9):
        topic = topics.get_or_create(session, ada.id, f"Topic {number}")
        data = StudySessionCreate(topic_id=topic.id, duration_minutes=1, study_date=END)
        study_sessions.create(session, ada.id, data, now=NOW)
    ax = plots.weeks(session, ada.id, start=START, end=END, limit=3)
    assert list(stacks(ax)) == ["SQL", "Rust", "Topic 0", "8 other topics"]
    assert sum(map(sum, heights(ax).values())) == 620 + 9
    assert len({(str(bars.get_facecolor()), bars.get_hatch()) for bars in ax.collections}) == 4
    assert len(stacks(plots.weeks(session, ada.id, start=START, end=END, limit=7))) == 8


@pytest.mark.parametrize("limit", [0, 8, True])
def test_there_are_colours_for_seven_topics(limit: int, session: Session, ada: Learner) -> None:
    with pytest.raises(ValidationError):
        plots.weeks(session, ada.id, start=START, end=END, limit=limit)


def test_a_range_without_study_says_so(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=date(2020, 1, 1), end=date(2020, 12, 31))
    assert texts(ax) == ["no study in this range"]
    png_of(ax)


def test_more_than_two_years_of_weeks_have_no_hatches(session: Session, ada: Learner) -> None:
    data = StudySessionCreate(topic_id=ada.sql, duration_minutes=9, study_date=date(2023, 1, 31))
    study_sessions.create(session, ada.id, data, now=NOW)
    ax = plots.weeks(session, ada.id, start=date(2020, 1, 1), end=END)
    assert not any(bars.get_hatch() for bars in ax.collections)
    assert ticks_of(ax) == ["2023", "2024", "2025", "2026"]
    png_of(ax)


def test_the_bars_of_amounts_are_the_sums_of_weeks(session: Session, ada: Learner) -> None:
    habits.update(session, ada.id, ada.run, HabitUpdate(unit="km"))
    habits.check_in(session, ada.id, ada.run, on=END, amount=12.125, now=NOW)
    ax = plots.amounts(session, ada.id, ada.run, start=date(2026, 2, 1), end=END)
    (weeks,) = stacks(ax).values()
    totals = habits.amounts_by_week(session, ada.id, ada.run, date(2026, 2, 1), END)
    done = {total.start: float(total.amount) for total in totals if total.amount}
    assert {day_at(bar.x): bar.height for bar in weeks} == done
    assert done[date(2026, 3, 8)] == 2 + 12.125
    assert ax.get_ylabel() == "km per week"
    assert ax.get_xlabel() == "weeks, from Sunday on"
    assert ax.get_title(loc="left") == "Run, 2026-02-01 to 2026-03-10: 21.125 km"
    assert legend_of(ax) == []
    png_of(ax)


@pytest.mark.parametrize(
    ("by", "ticks"),
    [
        ("day", ["1\nFeb\n2026", "8", "15", "22", "1\nMar", "8"]),
        ("month", ["Feb\n2026", "Mar"]),
        ("year", ["2026"]),
    ],
)
def test_amounts_may_be_those_of_days_months_or_years(
    by: Unit, ticks: list[str], session: Session, ada: Learner
) -> None:
    ax = plots.amounts(session, ada.id, ada.run, start=date(2026, 2, 1), end=END, by=by)
    sums = frames.amounts(session, ada.id, ada.run, start=START, end=END, by=by)["amount"]
    assert list(heights(ax).values()) == [sums[sums > 0].tolist()]
    assert (ax.get_xlabel(), ax.get_ylabel()) == (f"{by}s", f"amount per {by}")
    assert ticks_of(ax) == ticks
    assert ax.get_title(loc="left") == "Run, 2026-02-01 to 2026-03-10: 9 in total"
    png_of(ax)


def test_many_bars_of_amounts_are_shown_from_the_first_to_the_last_that_is_not_empty(
    session: Session, ada: Learner
) -> None:
    ax = plots.amounts(session, ada.id, ada.run, start=date(2020, 1, 1), end=END)
    assert [day_at(x) for x in ax.get_xlim()] == [date(2026, 1, 30), date(2026, 3, 17)]
    png_of(ax)


def test_a_range_without_amounts_says_so(session: Session, ada: Learner) -> None:
    habits.check_in(session, ada.id, ada.run, on=END, amount=0, now=NOW)
    for start in (END, date(2026, 2, 10)):  # nothing done, and skipped
        ax = plots.amounts(session, ada.id, ada.run, start=start, end=start)
        assert texts(ax) == ["nothing done in this range"]
        png_of(ax)


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
@pytest.mark.parametrize("week_starts_on", range(1, 8))
def test_amounts_of_the_first_and_the_last_date_can_be_drawn(
    by: Unit, week_starts_on: int, session: Session, ada: Learner
) -> None:
    users.update(session, ada.id, UserUpdate(week_starts_on=week_starts_on))
    session.execute(delete(CheckIn).where(CheckIn.day != date(2026, 3, 9)))
    for day in (date.max, date.min):
        session.execute(update(CheckIn).values(day=day))
        ax = plots.amounts(session, ada.id, ada.run, start=day, end=day, by=by)
        assert list(heights(ax).values()) == [[1]]
        png_of(ax)


def complete(session: Session, ada: Learner, *days: date) -> None:
    """A task completed at noon of each of the days."""
    user, make = session.get_one(User, ada.id), Factory(session, now=NOW)
    for day in days:
        noon = datetime.combine(day, time(12), UTC)
        make.task(user, completed=True, completed_at=noon)


def test_the_bars_of_completed_tasks_are_the_counts_of_weeks(
    session: Session, ada: Learner
) -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 7), date(2026, 3, 10)]
    complete(session, ada, *days, days[-1])
    ax = plots.completed_tasks(session, ada.id, start=date(2026, 2, 1), end=END)
    (weeks,) = stacks(ax).values()
    counts = tasks.completed_by_week(session, ada.id, date(2026, 2, 1), END)
    assert {day_at(bar.x): bar.height for bar in weeks} == {
        count.start: count.completed for count in counts
    }
    assert ticks_of(ax) == ["1\nFeb\n2026", "8", "15", "22", "1\nMar", "8"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weeks, from Sunday on", "tasks per week")
    assert ax.get_title(loc="left") == "Completed, 2026-02-01 to 2026-03-10: 4 tasks"
    assert legend_of(ax) == []
    png_of(ax)


@pytest.mark.parametrize("by", get_args(Unit))
def test_completed_tasks_may_be_those_of_days_months_or_years(
    by: Unit, session: Session, ada: Learner
) -> None:
    complete(session, ada, date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 9))
    ax = plots.completed_tasks(session, ada.id, start=START, end=END, by=by)
    counts = frames.completed_tasks(session, ada.id, start=START, end=END, by=by)["completed"]
    assert list(heights(ax).values()) == [counts.tolist()]
    assert ax.get_ylabel() == f"tasks per {by}"
    png_of(ax)


def test_numbers_of_tasks_are_whole_on_the_axis(session: Session, ada: Learner) -> None:
    complete(session, ada, END)
    ax = plots.completed_tasks(session, ada.id, start=START, end=END)
    assert set(ax.get_yticks()) <= {0, 1, 2}
    assert ax.get_title(loc="left") == "Completed, 2026-01-01 to 2026-03-10: 1 task"


def test_many_bars_of_tasks_are_shown_from_the_first_to_the_last_that_is_not_empty(
    session: Session, ada: Learner
) -> None:
    complete(session, ada, date(2026, 2, 1), END)
    ax = plots.completed_tasks(session, ada.id, start=date(2020, 1, 1), end=END)
    assert [day_at(x) for x in ax.get_xlim()] == [date(2026, 1, 30), date(2026, 3, 17)]
    png_of(ax)


def test_a_range_without_completed_tasks_says_so(session: Session, ada: Learner) -> None:
    ax = plots.completed_tasks(session, ada.id, start=START, end=END)
    assert texts(ax) == ["no task completed in this range"]
    png_of(ax)


def test_streaks_are_bars_from_their_first_day_to_their_last(
    session: Session, ada: Learner
) -> None:
    ax = plots.streaks(session, ada.id, [ada.run], now=NOW)
    runs = habits.best_streaks(session, ada.id, ada.run, limit=3, now=NOW)
    assert bars(ax) == [(runs[0].start, END), *((run.start, run.end) for run in runs[1:])]
    assert texts(ax) == ["4 days, current", "3 days", "2 days"]
    assert legend_of(ax) == ["ended", "current"]
    assert ax.get_title(loc="left") == "Longest streaks of Run, as of 2026-03-10"
    png_of(ax)


def test_the_current_streak_is_shown_if_it_is_not_among_the_longest(
    session: Session, ada: Learner
) -> None:
    habits.undo_check_in(session, ada.id, ada.run, on=date(2026, 3, 8), now=NOW)
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert texts(ax) == ["3 days", "1 day, current"]
    assert bars(ax)[1] == (date(2026, 3, 9), END)


def test_habits_of_all_pages_are_shown(
    session: Session, ada: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.plots._habits._PAGE", 1)
    assert len(texts(plots.streaks(session, ada.id, limit=1, now=NOW))) == 2


ENDS = [date.min, date(30, 5, 5), date(2026, 2, 1), date.max]


@pytest.mark.parametrize("on", ENDS[:3])
@pytest.mark.parametrize("as_of", ENDS)
def test_streaks_of_the_first_and_the_last_dates_can_be_drawn(
    as_of: date, on: date, session: Session, ada: Learner
) -> None:
    old = HabitCreate(name="Old", frequency="daily", starts_on=on)
    habit_id = habits.create(session, ada.id, old, now=NOW).id
    habits.check_in(session, ada.id, habit_id, on=on, now=NOW)
    ax = plots.streaks(session, ada.id, [habit_id], as_of=as_of, now=NOW)
    png_of(ax)
    assert [begins for begins, _ in bars(ax)] == ([] if as_of < on else [on])
    assert len(set(ticks_of(ax))) == len(ax.get_xticks())


def test_a_streak_may_end_on_the_last_date(session: Session, ada: Learner) -> None:
    session.execute(update(CheckIn).where(CheckIn.day == date(2026, 3, 9)).values(day=date.max))
    ax = plots.streaks(session, ada.id, [ada.run], as_of=date.max, limit=1, now=NOW)
    png_of(ax)
    assert texts(ax) == ["3 days", "1 day, current"]
    assert day_at(ax.texts[1].get_position()[0]) <= date.max


def test_streaks_of_all_habits_are_in_one_picture_without_those_that_are_archived(
    session: Session, ada: Learner
) -> None:
    ax = plots.streaks(session, ada.id, now=NOW)
    assert rows_of(ax) == ["Run", "Read"]
    assert texts(ax) == ["4 days, current", "3 days", "2 days", "2 weeks"]
    assert ax.get_title(loc="left") == "Longest streaks of 2 habits, as of 2026-03-10"
    habits.archive(session, ada.id, ada.run, now=NOW)
    assert texts(plots.streaks(session, ada.id, now=NOW)) == ["2 weeks"]


def test_streaks_can_be_shown_as_of_any_day(session: Session, ada: Learner) -> None:
    ax = plots.streaks(session, ada.id, [ada.run], as_of=date(2026, 2, 2), now=NOW)
    assert texts(ax) == ["2 days, current"]


def test_habits_without_a_streak_say_so(session: Session, ada: Learner) -> None:
    new = habits.create(session, ada.id, HabitCreate(name="New", frequency="daily"), now=NOW)
    ax = plots.streaks(session, ada.id, [new.id], now=NOW)
    assert texts(ax) == ["no streaks yet"]
    png_of(ax)


def test_a_starting_streak_begins_where_the_habit_was_imported(
    session: Session, ada: Learner
) -> None:
    since = {"starting_streak": 12, "starting_streak_on": date(2026, 3, 6)}
    session.execute(update(Habit).where(Habit.id == ada.run).values(since))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert bars(ax) == [(date(2026, 3, 6), END)]
    assert texts(ax) == ["16 days, current"]
    assert [line.get_marker() for line in ax.lines] == ["<"]
    png_of(ax)


def test_a_starting_streak_that_had_ended_is_shown_where_it_ended(
    session: Session, ada: Learner
) -> None:
    since = {"starting_streak": 12, "starting_streak_on": date(2026, 3, 5)}
    session.execute(update(Habit).where(Habit.id == ada.run).values(since))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert bars(ax)[0] == (date(2026, 3, 4), date(2026, 3, 4))
    assert texts(ax) == ["12 days", "4 days, current"]


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_lengths_are_in_the_unit_of_the_frequency(
    frequency: Frequency, session: Session, ada: Learner
) -> None:
    make, rule = Factory(session, now=NOW), FREQUENCIES[frequency]
    user = users.get(session, ada.id)
    for every, unit in ((1, rule.period_unit), (2, "day" if rule.has_weekdays else "period")):
        habit = make.check_in(make.habit(user, frequency=frequency, every=every), on=END)
        ax = plots.streaks(session, ada.id, [habit.habit_id], now=NOW)
        assert texts(ax) == [f"1 {unit}, current"]


def test_lengths_after_a_new_schedule_are_in_periods(session: Session, ada: Learner) -> None:
    session.execute(update(Habit).where(Habit.id == ada.run).values(schedule_from=START))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert texts(ax) == ["4 periods, current"]


def percents(ax: Axes) -> list[list[float]]:
    return [list(np.asarray(line.get_ydata())) for line in ax.lines]


def test_strength_is_a_line_for_each_habit_the_strongest_first(
    session: Session, ada: Learner
) -> None:
    ax = plots.strength(session, ada.id, start=START, end=END, now=NOW)
    assert legend_of(ax) == ["Run", "Read"]
    assert ax.get_title(loc="left") == "Strength of 2 habits, 2026-01-01 to 2026-03-10"
    for line, habit_id in zip(ax.lines, (ada.run, ada.read), strict=True):
        days = habits.strength_by_day(session, ada.id, habit_id, START, END, now=NOW)
        xs, ys = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert [day_at(x) for x in xs] == [day.day for day in days]
        assert list(ys) == [100 * day.strength for day in days]
    assert rows_of(ax) == ["0%", "25%", "50%", "75%", "100%"]
    png_of(ax)


def test_strength_may_be_of_some_habits_or_of_the_strongest(session: Session, ada: Learner) -> None:
    draw = partial(plots.strength, session, ada.id, start=START, end=END, now=NOW)
    ax = draw([ada.read])
    assert ax.get_title(loc="left") == "Strength of Read, 2026-01-01 to 2026-03-10"
    assert legend_of(ax) == []
    strongest = draw(limit=1)
    assert legend_of(strongest) == ["Run"]
    assert strongest.get_title(loc="left").startswith("Strength of 1 of 2 habits, ")
    habits.archive(session, ada.id, ada.run, now=NOW)
    assert percents(draw()) == percents(ax)
    for limit in (0, 8):
        with pytest.raises(ValidationError):
            draw(limit=limit)


def test_lines_can_be_distinguished_without_colour(session: Session, ada: Learner) -> None:
    for number in range(5):
        more = HabitCreate(name=f"Habit {number}", frequency="daily")
        habits.create(session, ada.id, more, now=NOW)
    ax = plots.strength(session, ada.id, start=START, end=END, now=NOW)
    lines = [*ax.lines]
    dashes = {str(getattr(line, "_unscaled_dash_pattern")) for line in lines}  # noqa: B009
    assert len(lines) == len(dashes) == len({line.get_color() for line in lines}) == 7
    png_of(ax)


@pytest.mark.parametrize("day", [date.min, END, date.max])
def test_the_strength_of_a_single_day_is_a_mark(day: date, session: Session, ada: Learner) -> None:
    ax = plots.strength(session, ada.id, [ada.run], start=day, end=day, now=NOW)
    assert [line.get_marker() for line in ax.lines] == ["o"]
    png_of(ax)


def test_without_a_habit_there_is_no_strength(session: Session) -> None:
    nobody = users.create(session, UserCreate(email="bob@example.com")).id
    ax = plots.strength(session, nobody, start=START, end=END, now=NOW)
    assert texts(ax) == ["no habits yet"]
    png_of(ax)


DRAWN: dict[str, Callable[[Session, Learner, Axes | None], Axes]] = {
    "calendar": lambda session, who, ax: plots.calendar(
        session, who.id, habit_id=who.run, now=NOW, ax=ax
    ),
    "calendar of study": lambda session, who, ax: plots.calendar(
        session, who.id, topic_id=who.sql, now=NOW, ax=ax
    ),
    "calendar of all habits": lambda session, who, ax: plots.done_calendar(
        session, who.id, now=NOW, ax=ax
    ),
    "amounts": lambda session, who, ax: plots.amounts(
        session, who.id, who.run, start=START, end=END, ax=ax
    ),
    "completed tasks": lambda session, who, ax: plots.completed_tasks(
        session, who.id, start=START, end=END, ax=ax
    ),
    "weeks": lambda session, who, ax: plots.weeks(session, who.id, start=START, end=END, ax=ax),
    "streaks": lambda session, who, ax: plots.streaks(session, who.id, [who.run], now=NOW, ax=ax),
    "strength": lambda session, who, ax: plots.strength(
        session, who.id, [who.run], start=START, end=END, now=NOW, ax=ax
    ),
    "strength of several": lambda session, who, ax: plots.strength(
        session, who.id, [who.run, who.read], start=START, end=END, now=NOW, ax=ax
    ),
}


OF_ALL = ("calendar of all habits", "completed tasks")
"""Neither a habit nor a topic is named in these pictures."""


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_drawn_on_axes_of_the_callers(
    name: str, session: Session, ada: Learner
) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert DRAWN[name](session, ada, ax) is ax
    figure.draw_without_rendering()


@pytest.mark.parametrize("name", [name for name in DRAWN if name not in OF_ALL])
def test_names_are_shown_as_they_are(name: str, session: Session, ada: Learner) -> None:
    r"""matplotlib reads a dollar as a formula, and leaves out labels that begin with "_"."""
    odd = "_a $\\frac$ b" + "w" * 60
    session.execute(update(Habit).where(Habit.id == ada.run).values(name=odd))
    topics.update(session, ada.id, ada.sql, TopicUpdate(name=odd))
    session.expire_all()
    ax = DRAWN[name](session, ada, None)
    png_of(ax)
    shown = [ax.get_title(loc="left"), *legend_of(ax)]
    assert any("_a $\\frac$ bwww" in text and "w…" in text for text in shown)


@pytest.mark.parametrize("habit", ["Run", "Read ten pages of a good book every evening"])
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_sticks_out_of_a_picture(
    name: str, habit: str, session: Session, ada: Learner
) -> None:
    session.execute(update(Habit).where(Habit.id == ada.run).values(name=habit))
    topics.update(session, ada.id, ada.sql, TopicUpdate(name=habit))
    session.expire_all()
    ax = DRAWN[name](session, ada, None)
    figure = cast("Figure", ax.figure)
    figure.draw_without_rendering()
    inches = figure.get_tightbbox()
    assert min(inches.x0, inches.y0) >= 0
    assert inches.x1 <= figure.get_figwidth()
    assert inches.y1 <= figure.get_figheight()


@pytest.mark.parametrize("name", DRAWN)
def test_rows_of_another_user_are_not_found(name: str, session: Session, ada: Learner) -> None:
    bob = users.create(session, UserCreate(email="bob@example.com")).id
    is_of_all = name == "weeks" or name in OF_ALL
    who = Learner(ada.id + 999 if is_of_all else bob, ada.sql, 0, ada.run, 0, 0)
    with pytest.raises(NotFound):
        DRAWN[name](session, who, None)


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_no_axes_is_refused_in_words(name: str, session: Session, ada: Learner) -> None:
    with pytest.raises(TypeError, match="ax must be matplotlib Axes, not Figure"):
        DRAWN[name](session, ada, cast("Axes", Figure()))


def test_a_year_is_a_number(session: Session, ada: Learner) -> None:
    year, match = cast("int", "2026"), "year must be an int, not str"
    with pytest.raises(TypeError, match=match):
        plots.calendar(session, ada.id, habit_id=ada.run, year=year)
    with pytest.raises(TypeError, match=match):
        plots.done_calendar(session, ada.id, year=year)


def test_a_calendar_is_of_a_habit_or_of_a_topic(session: Session, ada: Learner) -> None:
    with pytest.raises(NotExactlyOne, match="give one of the two: habit_id or topic_id"):
        plots.calendar(session, ada.id, habit_id=ada.run, topic_id=ada.sql)


@pytest.mark.parametrize("name", DRAWN)
def test_ids_may_be_those_of_a_frame(name: str, session: Session, ada: Learner) -> None:
    of_frames = DRAWN[name](session, ada.with_ids(np.int64), None)
    assert png_of(of_frames) == png_of(DRAWN[name](session, ada, None))


def test_days_may_be_those_of_a_frame(session: Session, ada: Learner) -> None:
    start, end = pd.Timestamp(START), pd.Timestamp(END)
    weeks = plots.weeks(session, ada.id, start=start, end=end)
    assert png_of(weeks) == png_of(DRAWN["weeks"](session, ada, None))
    completed = plots.completed_tasks(session, ada.id, start=start, end=end)
    assert png_of(completed) == png_of(DRAWN["completed tasks"](session, ada, None))
    amounts = plots.amounts(session, ada.id, ada.run, start=start, end=end)
    assert png_of(amounts) == png_of(DRAWN["amounts"](session, ada, None))
    strength = plots.strength(session, ada.id, [ada.run], start=start, end=end, now=NOW)
    assert png_of(strength) == png_of(DRAWN["strength"](session, ada, None))
    streaks = plots.streaks(session, ada.id, [ada.run], as_of=end, now=NOW)
    assert png_of(streaks) == png_of(DRAWN["streaks"](session, ada, None))


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_speak_english_whatever_the_process_speaks(
    name: str, session: Session, ada: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of another locale, which may not be installed."""
    before = png_of(DRAWN[name](session, ada, None))

    def in_another_language(*_: object) -> list[str]:
        return ["?"] * 9

    for names in (calendar.month_abbr, calendar.day_abbr, calendar.day_name):
        monkeypatch.setattr(type(names), "__getitem__", in_another_language)
    monkeypatch.setattr("matplotlib.dates.ConciseDateFormatter.format_ticks", in_another_language)
    assert png_of(DRAWN[name](session, ada, None)) == before


def test_drawing_needs_no_pyplot_and_no_screen() -> None:
    code = "import sys\nfrom trackercore import plots\nprint('matplotlib.pyplot' in sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("module", "missing", "needed"),
    [("frames", "pandas", "pandas"), ("plots", "matplotlib", "matplotlib and pandas")],
)
def test_without_the_extra_it_is_named(module: str, missing: str, needed: str) -> None:
    code = f"import sys\nsys.modules['{missing}'] = None\nfrom trackercore import {module}"
    command = [sys.executable, "-c", code]
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    message = f"trackercore.{module} needs {needed}: pip install 'trackercore[notebook]'"
    assert refused.stderr.splitlines()[-1] == f"ImportError: {message}"
