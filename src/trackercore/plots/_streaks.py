"""The best streaks of habits, each as a bar from its first day to its last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from matplotlib.axes import Axes
from sqlalchemy.orm import Session

from trackercore.frames._given import as_date, as_id
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
    say_nothing_is_there,
    set_dates,
    set_legend,
    set_title,
    short,
)
from trackercore.schemas import StreakRun
from trackercore.services import habits, users
from trackercore.services._shared.arguments import as_day, as_instant, as_limit

ENDED, CURRENT = "#56b4e9", "#e69f00"
UNITS = {"daily": "days", "weekdays": "weekdays", "weekly": "weeks", "monthly": "months"}

_ROW, _BESIDES, _BETWEEN = 0.2, 1.1, 0.6
_PAGE = 1000


class Run(NamedTuple):
    """A streak on the axis of dates.

    Attributes:
        begins: its first day, or the first that is known of a habit's starting streak.
        ends: the day after its last, or after the day looked back from if it still stands.
        words: its length, with the unit, and whether it is current.
        is_current: whether it still stands.
        is_older: whether it began before `begins`, nobody knows when.
    """

    begins: float
    ends: float
    words: str
    is_current: bool
    is_older: bool


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

    The longest comes first. The current one goes on to the day that is looked back from. An arrow
    to the left marks a streak that began before the habit was taken over from elsewhere.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_ids: which habits, from top to bottom; default those that are not archived.
        limit: how many streaks of each habit at most, 1..1000; the current one comes on top of
            them if it is not among them.
        as_of: any day; default the user's today. Later check-ins are ignored.
        ax: what to draw on; default a new figure.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such habit.
    """
    most, moment, user_id = as_limit(limit), as_instant(now), as_id(user_id)
    today = users.today(session, user_id, now=moment)
    day = today if as_of is None else as_day(as_date(as_of))
    if habit_ids is None:
        shown = list(_not_archived(session, user_id))
    else:
        shown = [habits.get(session, user_id, as_id(habit_id)) for habit_id in habit_ids]
    found = {habit: _runs(session, habit, most, day, moment) for habit in shown}
    groups = {habit: runs for habit, runs in found.items() if runs}
    rows = sum(map(len, groups.values())) + _BETWEEN * len(groups)
    axes = open_axes(ax, _BESIDES + _ROW * max(rows, 3))
    whose = short(shown[0].name) if len(shown) == 1 else counted(len(shown), "habits")
    set_title(axes, f"Longest streaks of {whose}, as of {day}")
    if groups:
        _draw(axes, groups, number(day) + 1, named=len(shown) > 1)
    else:
        say_nothing_is_there(axes, "no streaks yet")
    return axes


def _not_archived(session: Session, user_id: int) -> Iterator[Habit]:
    after: str | None = None
    while True:
        page = habits.find(session, user_id, archived=False, limit=_PAGE, after=after)
        yield from page
        after = page.next
        if after is None:
            return


def _runs(session: Session, habit: Habit, most: int, day: date, now: datetime) -> list[Run]:
    owner = habit.user_id
    best = habits.best_streaks(session, owner, habit.id, limit=most, as_of=day, now=now)
    streak = habits.streak(session, owner, habit.id, day, now=now)
    current = StreakRun(length=streak.current, start=streak.since, end=day)
    stands = [current] if streak.current else []
    ended = [run for run in best if not stands or run.start != current.start]
    # What was counted before the schedule changed may have been of another length.
    unit = "periods" if habit.schedule_from else UNITS.get(habit.frequency, "periods")
    runs: list[Run] = []
    for run in sorted([*stands, *ended], key=lambda run: (run.length, run.end), reverse=True):
        is_current = run is current
        begins = run.start or min(habit.starting_streak_on or run.end, run.end)
        words = f"{counted(run.length, unit)}{', current' if is_current else ''}"
        runs.append(Run(number(begins), number(run.end) + 1, words, is_current, run.start is None))
    return runs


def _draw(ax: Axes, groups: dict[Habit, list[Run]], last: float, *, named: bool) -> None:
    all_runs = [run for runs in groups.values() for run in runs]
    first = min(run.begins for run in all_runs)
    margin = 3 + 0.02 * (last - first)  # so that there are days enough for ticks
    first, last = first - margin, last + margin
    set_dates(ax, first, last)
    names: dict[float, str] = {}
    y = 0.0
    for habit, runs in groups.items():
        if named:  # else the title has the name
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
    canvas(ax).text(x, y, run.words, fontsize=SMALL, color=INK, ha=side, va="center", bbox=box)
