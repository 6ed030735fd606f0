"""Pictures show what the services say: told by what is on the axes, not by pixels."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import cast

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.notebooks.conftest import END, NOW, START, Learner
from trackercore import (
    Habit,
    HabitCreate,
    InvalidInput,
    NotFound,
    StudySessionCreate,
    TopicUpdate,
    UserCreate,
    frames,
    habits,
    plots,
    study_sessions,
    topics,
    users,
)

PNG = b"\x89PNG"


def cells(ax: Axes) -> dict[str, set[tuple[int, int]]]:
    """The week and the row of each cell, by what it shows."""
    found: dict[str, set[tuple[int, int]]] = {}
    for collection in ax.collections:
        if isinstance(collection, PatchCollection):
            corners = [np.asarray(path.vertices).min(axis=0) for path in collection.get_paths()]
            found[str(collection.get_label())] = {(int(x), int(y)) for x, y in corners}
    return {words: places for words, places in found.items() if places}


def legend_of(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def stacks(ax: Axes) -> dict[str, list[float]]:
    """The heights of the bars, by topic."""
    return {
        str(container.get_label()): [bar.get_height() for bar in cast("list[Rectangle]", container)]
        for container in ax.containers
        if isinstance(container, BarContainer)
    }


def day_at(x: float) -> date:
    return date(1970, 1, 1) + timedelta(days=x)


def bars(ax: Axes) -> list[tuple[date, date]]:
    """The first and the last day that each bar covers, from top to bottom."""
    boxes = [bar for container in ax.containers for bar in cast("list[Rectangle]", container)]
    return [
        (day_at(box.get_x()), day_at(box.get_x() + box.get_width() - 1))
        for box in sorted(boxes, key=lambda box: box.get_y())
    ]


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in sorted(ax.texts, key=lambda text: text.get_position()[1])]


def png_of(ax: Axes) -> bytes:
    """What Jupyter shows; it also proves that everything can be drawn."""
    method: Callable[[], tuple[bytes, dict[str, int]]] = getattr(ax, "_repr_png_")  # noqa: B009
    png, size = method()
    assert png.startswith(PNG)
    assert size["width"] == 650
    return png


def test_a_calendar_of_a_habit_has_a_cell_for_every_day_by_its_status(
    session: Session, ada: Learner
) -> None:
    ax = plots.calendar(session, ada.id, habit_id=ada.run, now=NOW)
    days = habits.history(session, ada.id, ada.run, date(2026, 1, 1), date(2026, 12, 31), now=NOW)
    counts = Counter(day.status.replace("_", " ") for day in days)
    assert {words: len(places) for words, places in cells(ax).items()} == counts
    assert set(counts) == {"done", "missed", "skipped", "paused", "pending", "not due"}
    assert legend_of(ax) == [f"{words} ({counts[words]})" for words in cells(ax)]
    assert ax.get_title(loc="left") == "Run, 2026: done on 9 days"
    png_of(ax)


def test_weeks_are_columns_and_begin_on_the_users_day(session: Session, ada: Learner) -> None:
    ax = plots.calendar(session, ada.id, habit_id=ada.run, now=NOW)
    assert [label.get_text() for label in ax.get_yticklabels()] == (
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    )
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
    counts = {words: len(places) for words, places in cells(ax).items()}
    # 20 and 15; 60, 90 and 90; 345
    assert counts == {"0": 69 - 6, "1-29": 2, "60-119": 3, "240 or more": 1}
    assert legend_of(ax) == ["0", "1-29", "30-59", "60-119", "120-239", "240 or more"]
    assert ax.get_title(loc="left") == "Study, 2026: 620 minutes on 6 days"
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "minutes a day"
    png_of(ax)


def test_a_calendar_of_study_may_be_of_one_topic_and_another_year(
    session: Session, ada: Learner
) -> None:
    ax = plots.calendar(session, ada.id, topic_id=ada.sql, year=2025, now=NOW)
    assert {words: len(places) for words, places in cells(ax).items()} == {"0": 365}
    assert ax.get_title(loc="left") == "SQL, 2025: 0 minutes on 0 days"
    leap_year = plots.calendar(session, ada.id, year=2024, now=NOW)
    assert len(cells(leap_year)["0"]) == 366


@pytest.mark.parametrize("year", [1, 9999])
def test_the_first_and_the_last_year_there_is_can_be_drawn(
    year: int, session: Session, ada: Learner
) -> None:
    png_of(plots.calendar(session, ada.id, habit_id=ada.run, year=year, now=NOW))


def test_the_bars_of_weeks_are_the_minutes_of_the_topics(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=START, end=END)
    frame = frames.minutes_by_topic(session, ada.id, start=START, end=END, by="week")
    assert stacks(ax) == {str(name): minutes.tolist() for name, minutes in frame.items()}
    assert legend_of(ax) == ["Rust", "SQL"]  # as in the stack, where the first is at the bottom
    assert ax.get_ylabel() == "minutes per week"
    assert ax.get_xlabel() == "weeks, from Sunday on"
    assert ax.get_title(loc="left") == "Study by topic, 2026-01-01 to 2026-03-10: 620 minutes"
    png_of(ax)


def test_bars_stand_on_each_other_and_on_the_weeks_first_day(
    session: Session, ada: Learner
) -> None:
    ax = plots.weeks(session, ada.id, start=START, end=END)
    lower, upper = (cast("list[Rectangle]", container) for container in ax.containers)
    assert [bar.get_y() for bar in upper] == [bar.get_height() for bar in lower]
    assert day_at(lower[0].get_x()) == date(2025, 12, 28)  # a Sunday
    top = max(bar.get_y() + bar.get_height() for bar in upper)
    assert ax.get_ylim()[1] > top


def test_topics_beyond_the_most_studied_are_one_together(session: Session, ada: Learner) -> None:
    for number in range(9):
        topic = topics.get_or_create(session, ada.id, f"Topic {number}")
        data = StudySessionCreate(topic_id=topic.id, duration_minutes=1, study_date=END)
        study_sessions.create(session, ada.id, data, now=NOW)
    ax = plots.weeks(session, ada.id, start=START, end=END, most=3)
    assert list(stacks(ax)) == ["SQL", "Rust", "Topic 0", "8 other topics"]
    assert sum(map(sum, stacks(ax).values())) == 620 + 9
    looks = {(bar.get_facecolor(), bar.get_hatch()) for bar in map(first_bar, ax.containers)}
    assert len(looks) == 4
    assert len(stacks(plots.weeks(session, ada.id, start=START, end=END, most=100))) == 8


def first_bar(container: object) -> Rectangle:
    return cast("list[Rectangle]", container)[0]


def test_a_range_without_study_says_so(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=date(2020, 1, 1), end=date(2020, 12, 31))
    assert words(ax) == ["no study in this range"]
    png_of(ax)


def test_more_than_two_years_of_weeks_have_no_hatches(session: Session, ada: Learner) -> None:
    ax = plots.weeks(session, ada.id, start=date(2020, 1, 1), end=END)
    assert not any(first_bar(container).get_hatch() for container in ax.containers)
    png_of(ax)


def test_streaks_are_bars_from_their_first_day_to_their_last(
    session: Session, ada: Learner
) -> None:
    ax = plots.streaks(session, ada.id, [ada.run], now=NOW)
    runs = habits.best_streaks(session, ada.id, ada.run, limit=3, now=NOW)
    assert bars(ax) == [(run.start, run.end) for run in runs]
    assert words(ax) == ["4 days, current", "3 days", "2 days"]
    assert legend_of(ax) == ["ended", "current"]
    assert ax.get_title(loc="left") == "Longest streaks of Run, as of 2026-03-10"
    png_of(ax)


def test_the_current_streak_is_there_though_it_is_not_among_the_longest(
    session: Session, ada: Learner
) -> None:
    habits.undo_check_in(session, ada.id, ada.run, on=date(2026, 3, 8), now=NOW)
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert words(ax) == ["3 days", "1 day, current"]


def test_streaks_of_all_habits_are_in_one_picture_without_those_that_are_archived(
    session: Session, ada: Learner
) -> None:
    ax = plots.streaks(session, ada.id, now=NOW)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Run", "Read"]
    assert words(ax) == ["4 days, current", "3 days", "2 days", "2 weeks"]
    assert ax.get_title(loc="left") == "Longest streaks of 2 habits, as of 2026-03-10"
    habits.archive(session, ada.id, ada.run, now=NOW)
    assert words(plots.streaks(session, ada.id, now=NOW)) == ["2 weeks"]


def test_a_picture_of_streaks_can_look_back_from_any_day(session: Session, ada: Learner) -> None:
    ax = plots.streaks(session, ada.id, [ada.run], as_of=date(2026, 2, 2), now=NOW)
    assert words(ax) == ["2 days, current"]


def test_habits_without_a_streak_say_so(session: Session, ada: Learner) -> None:
    new = habits.create(session, ada.id, HabitCreate(name="New", frequency="daily"), now=NOW)
    ax = plots.streaks(session, ada.id, [new.id], now=NOW)
    assert words(ax) == ["no streaks yet"]
    png_of(ax)


def test_a_streak_that_a_habit_came_with_begins_where_it_was_taken_over(
    session: Session, ada: Learner
) -> None:
    since = {"starting_streak": 12, "starting_streak_on": date(2026, 3, 6)}
    session.execute(update(Habit).where(Habit.id == ada.run).values(since))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert bars(ax) == [(date(2026, 3, 6), date(2026, 3, 9))]
    assert words(ax) == ["16 days, current"]
    assert [line.get_marker() for line in ax.lines] == ["<"]
    png_of(ax)


def test_a_streak_that_ended_before_the_habit_was_taken_over_is_where_it_ended(
    session: Session, ada: Learner
) -> None:
    since = {"starting_streak": 12, "starting_streak_on": date(2026, 3, 5)}
    session.execute(update(Habit).where(Habit.id == ada.run).values(since))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert bars(ax)[0] == (date(2026, 3, 4), date(2026, 3, 4))
    assert words(ax) == ["12 days", "4 days, current"]


def test_lengths_after_a_new_schedule_are_in_periods(session: Session, ada: Learner) -> None:
    session.execute(update(Habit).where(Habit.id == ada.run).values(schedule_from=START))
    ax = plots.streaks(session, ada.id, [ada.run], limit=1, now=NOW)
    assert words(ax) == ["4 periods, current"]


DRAWN: dict[str, Callable[[Session, Learner, Axes | None], Axes]] = {
    "calendar": lambda session, who, ax: plots.calendar(
        session, who.id, habit_id=who.run, now=NOW, ax=ax
    ),
    "calendar of study": lambda session, who, ax: plots.calendar(
        session, who.id, topic_id=who.sql, now=NOW, ax=ax
    ),
    "weeks": lambda session, who, ax: plots.weeks(session, who.id, start=START, end=END, ax=ax),
    "streaks": lambda session, who, ax: plots.streaks(session, who.id, [who.run], now=NOW, ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_drawn_on_axes_of_the_callers(
    name: str, session: Session, ada: Learner
) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert DRAWN[name](session, ada, ax) is ax
    figure.draw_without_rendering()


@pytest.mark.parametrize("name", DRAWN)
def test_names_are_text_whatever_is_in_them(name: str, session: Session, ada: Learner) -> None:
    r"""A dollar would begin a formula, and a label with an underscore be left out."""
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
def test_what_is_another_users_is_not_found(name: str, session: Session, ada: Learner) -> None:
    bob = users.create(session, UserCreate(email="bob@example.com")).id
    who = Learner(bob if name != "weeks" else ada.id + 999, ada.sql, 0, ada.run, 0, 0)
    with pytest.raises(NotFound):
        DRAWN[name](session, who, None)


def test_a_calendar_is_of_a_habit_or_of_a_topic(session: Session, ada: Learner) -> None:
    with pytest.raises(InvalidInput, match="give one of the two"):
        plots.calendar(session, ada.id, habit_id=ada.run, topic_id=ada.sql)


def test_drawing_needs_no_pyplot_and_no_screen() -> None:
    code = "import sys\nfrom trackercore import plots\nprint('matplotlib.pyplot' in sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("module", "missing", "needed"),
    [
        ("frames", "pandas", "pandas"),
        ("plots", "matplotlib", "matplotlib and pandas"),
    ],
)
def test_without_the_extra_it_is_named(module: str, missing: str, needed: str) -> None:
    code = f"import sys\nsys.modules['{missing}'] = None\nfrom trackercore import {module}"
    command = [sys.executable, "-c", code]
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    message = f"trackercore.{module} needs {needed}: pip install 'trackercore[notebook]'"
    assert refused.stderr.splitlines()[-1] == f"ImportError: {message}"
