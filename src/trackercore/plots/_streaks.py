"""The best streaks of habits, each as a bar from its first day to its last."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, NamedTuple

from annotated_types import Interval
from matplotlib.axes import Axes
from pydantic import Strict
from sqlalchemy.orm import Session

from trackercore.domain.frequency import FREQUENCIES
from trackercore.frames.python_values import python_day, python_id
from trackercore.models import Habit
from trackercore.plots._drawing import (
    INK,
    LABEL,
    SMALL,
    canvas,
    counted,
    number,
    open_axes,
    sample,
    set_dates,
    set_legend,
    set_title,
    short,
    show_message,
)
from trackercore.plots._habits import habits_shown
from trackercore.schemas import StreakRun
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import Day
from trackercore.services import habits, users
from trackercore.sessions.use import checked
from trackercore.types import utc_now

ENDED, CURRENT = "#56b4e9", "#e69f00"

_ROW, _MARGINS, _BETWEEN = 0.2, 1.1, 0.6  # heights: a bar, what is around all bars, between habits

_day = Argument[date](Day)
_limit = Argument[int](Annotated[int, Strict(), Interval(ge=1, le=1000)])


class Run(NamedTuple):
    """A streak on the axis of dates.

    Attributes:
        begins: its first day, or the first known day of a habit's starting streak.
        ends: the day after its last day, or after `as_of` if it is current.
        label: its length, with the unit, and whether it is current.
        is_current: whether it still stands.
        is_older: whether it began before `begins`, on an unknown day.
    """

    begins: float
    ends: float
    label: str
    is_current: bool
    is_older: bool


@checked
def streaks(
    session: Session,
    user_id: int,
    habit_ids: Iterable[int] | None = None,
    *,
    limit: int = 3,
    as_of: date | None = None,
    ax: Axes | None = None,
    now: datetime | None = None,
) -> Axes:
    """The longest streaks of habits over time, and the current ones.

    The longest comes first. The current one ends at `as_of`. An arrow to the left marks a streak
    that began before the habit was imported from elsewhere.

    Args:
        habit_ids: which habits, from top to bottom; by default those that are not archived.
        limit: how many streaks of each habit at most, 1..1000; the current one is added to them if
            it is not among them.
        as_of: any day, by default the user's today. Later check-ins are ignored.
    """
    limit, now, user_id = _limit(limit, "limit"), now or utc_now(), python_id(user_id)
    today = users.today(session, user_id, now=now)
    day = today if as_of is None else _day(python_day(as_of), "as_of")
    shown = habits_shown(session, user_id, habit_ids)
    runs_of = {habit: _runs(session, habit, limit, day, now) for habit in shown}
    groups = {habit: runs for habit, runs in runs_of.items() if runs}
    rows = sum(map(len, groups.values())) + _BETWEEN * len(groups)
    axes = open_axes(ax, _MARGINS + _ROW * max(rows, 3))
    whose = short(shown[0].name) if len(shown) == 1 else counted(len(shown), "habits")
    set_title(axes, f"Longest streaks of {whose}, as of {day}")
    if groups:
        _draw(axes, groups, number(day) + 1, named=len(shown) > 1)
    else:
        show_message(axes, "no streaks yet")
    return axes


def _runs(session: Session, habit: Habit, limit: int, day: date, now: datetime) -> list[Run]:
    owner = habit.user_id
    best = habits.best_streaks(session, owner, habit.id, limit=limit, as_of=day, now=now)
    streak = habits.streak(session, owner, habit.id, day, now=now)
    current = StreakRun(length=streak.current, start=streak.since, end=day)
    stands = [current] if streak.current else []
    ended = [run for run in best if not stands or run.start != current.start]
    unit = _unit_of(habit)
    runs: list[Run] = []
    for run in sorted([*stands, *ended], key=lambda run: (run.length, run.end), reverse=True):
        is_current = run is current
        begins = run.start or min(habit.starting_streak_on or run.end, run.end)
        label = f"{counted(run.length, unit)}{', current' if is_current else ''}"
        runs.append(Run(number(begins), number(run.end) + 1, label, is_current, run.start is None))
    return runs


def _unit_of(habit: Habit) -> str:
    """The unit of its streaks: "periods" if one is no single day, week, month or year."""
    rule = FREQUENCIES[habit.frequency]
    if habit.schedule_from or (habit.every > 1 and not rule.has_weekdays):
        return "periods"
    return f"{rule.period_unit}s"


def _draw(ax: Axes, groups: dict[Habit, list[Run]], last: float, *, named: bool) -> None:
    all_runs = [run for runs in groups.values() for run in runs]
    first = min(run.begins for run in all_runs)
    margin = 3 + 0.02 * (last - first)  # wide enough for several ticks
    first, last = first - margin, last + margin
    set_dates(ax, first, last)
    names: dict[float, str] = {}
    y = 0.0
    for habit, runs in groups.items():
        if named:  # otherwise the name is in the title
            names[y + (len(runs) - 1) / 2] = short(habit.name)
        for run in runs:
            _draw_run(ax, run, y, first, last)
            y += 1
        y += _BETWEEN
    canvas(ax).set_yticks(list(names), list(names.values()), fontsize=LABEL, parse_math=False)
    ax.set_ylim(y - _BETWEEN - 0.4, -0.6)
    canvas(ax).tick_params("y", length=0, labelsize=LABEL)
    ax.spines[["top", "right", "left"]].set_visible(False)
    if any(run.is_current for run in all_runs):
        set_legend(
            ax, [(sample(ENDED, ""), "ended"), (sample(CURRENT, "////"), "current")], below=False
        )


def _draw_run(ax: Axes, run: Run, y: float, first: float, last: float) -> None:
    span = last - first
    width = max(run.ends - run.begins, 0.004 * span)
    color, hatch = (CURRENT, "////") if run.is_current else (ENDED, "")
    canvas(ax).barh(
        y, width, 0.7, run.begins, color=color, hatch=hatch, edgecolor=INK, linewidth=0.5
    )
    if run.is_older:
        canvas(ax).plot([run.begins], [y], marker="<", color=INK)
    box: dict[str, object] | None = None
    room = 0.01 * span
    x, side = run.begins + width + room, "left"
    if width > 0.3 * span:
        x, side = run.begins + width / 2, "center"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    elif x > first + 0.8 * span:
        x, side = run.begins - 1.5 * room, "right"
    canvas(ax).text(x, y, run.label, fontsize=SMALL, color=INK, ha=side, va="center", bbox=box)
