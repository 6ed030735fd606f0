"""A year as a calendar: a column for each week, a cell for each day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path
from sqlalchemy.orm import Session

from trackercore.domain.report import DayStatus
from trackercore.domain.timed import whole_minutes
from trackercore.domain.weekdays import WEEKDAYS
from trackercore.errors import NotExactlyOne
from trackercore.frames.python_values import python_id
from trackercore.plots._drawing import (
    FAINT,
    INK,
    MONTHS,
    SMALL,
    canvas,
    counted,
    days_into_week,
    open_axes,
    set_legend,
    set_title,
    short,
)
from trackercore.services import habits, study_sessions, topics, users
from trackercore.sessions.use import checked
from trackercore.types import utc_now

_HEIGHT, _HEADING = 1.6, 0.2
_GAP = 0.08

Stroke = tuple[tuple[float, float], ...]


class Look(NamedTuple):
    """How a cell looks: its colours, and a mark in it, from -1 to 1 in each direction."""

    label: str
    fill: str
    edge: str
    mark: tuple[Stroke, ...] = ()


_CROSS: tuple[Stroke, ...] = (((-0.5, -0.5), (0.5, 0.5)), ((-0.5, 0.5), (0.5, -0.5)))
_CHECK: tuple[Stroke, ...] = (((-0.5, 0.0), (-0.15, 0.35), (0.5, -0.4)),)
_BARS: tuple[Stroke, ...] = (((-0.3, -0.5), (-0.3, 0.5)), ((0.3, -0.5), (0.3, 0.5)))
_CHEVRON: tuple[Stroke, ...] = (((-0.3, -0.5), (0.3, 0.0), (-0.3, 0.5)),)
_DASH: tuple[Stroke, ...] = (((-0.3, 0.0), (0.3, 0.0)),)

# Okabe and Ito's colours. Each status has a mark or a lightness of its own.
STATUSES: dict[DayStatus, Look] = {
    "done": Look("done", "#009e73", "#009e73"),
    "missed": Look("missed", "#ffffff", "#d55e00", _CROSS),
    "kept": Look("kept", "#ffffff", "#009e73", _CHECK),
    "exceeded": Look("exceeded", "#d55e00", INK, _CROSS),
    "skipped": Look("skipped", "#56b4e9", INK, _CHEVRON),
    "paused": Look("paused", "#f0e442", INK, _BARS),
    "pending": Look("pending", "#ffffff", INK, _DASH),
    "not_due": Look("not due", FAINT, FAINT),
}
_RECORDED: tuple[DayStatus, ...] = ("done", "skipped")
# The same steps in every picture, so that pictures can be compared. Darker is more.
LEVELS: dict[int, Look] = {
    0: Look("0", "#ffffff", "#c8c8c8"),
    1: Look("1-29", "#c6dbef", "#c6dbef"),
    30: Look("30-59", "#85bcdb", "#85bcdb"),
    60: Look("60-119", "#4292c6", "#4292c6"),
    120: Look("120-239", "#1c6aaf", "#1c6aaf"),
    240: Look("240 or more", "#08306b", "#08306b"),
}


@checked
def calendar(
    session: Session,
    user_id: int,
    *,
    habit_id: int | None = None,
    topic_id: int | None = None,
    year: int | None = None,
    ax: Axes | None = None,
    now: datetime | None = None,
) -> Axes:
    """A year of a habit's days, or of the minutes studied on each day.

    Weeks start on the user's first day of the week. A habit's days have the statuses of
    `habits.history`. The steps of minutes are the same in every picture. Future days are left out,
    except those on which something is recorded, as after a move west.

    Args:
        habit_id: the habit to show; without one, study is shown.
        topic_id: only study of this topic.
        year: by default the user's current one.

    Raises:
        NotExactlyOne: both a habit and a topic are given.
        ValueError: the year is not in 1..9999.
    """
    if habit_id is not None and topic_id is not None:
        raise NotExactlyOne(("habit_id", "topic_id"))
    user_id, habit_id, topic_id = python_id(user_id), python_id(habit_id), python_id(topic_id)
    now = now or utc_now()
    today = users.today(session, user_id, now=now)
    first = first_day(year, today)
    week_starts_on = users.get(session, user_id).week_starts_on
    if habit_id is None:
        title, cells = _of_study(session, user_id, topic_id, first, today)
        labels = {look: look.label for look in cells}
        return show_year(ax, title, cells, labels, first, week_starts_on, heading="minutes a day")
    title, cells = _of_habit(session, user_id, habit_id, first, today, now)
    labels = {look: f"{look.label} ({len(days)})" for look, days in cells.items() if days}
    return show_year(ax, title, cells, labels, first, week_starts_on)


def first_day(year: int | None, today: date) -> date:
    """The first day of a year, by default that of today."""
    if not isinstance(cast("object", year), int | None):
        raise TypeError(f"year must be an int, not {type(year).__name__}")
    return date(today.year if year is None else year, 1, 1)


def last_day(first: date) -> date:
    """The last day of the year."""
    return first.replace(month=12, day=31)


def show_year(
    ax: Axes | None,
    title: str,
    cells: Mapping[Look, Sequence[date]],
    labels: Mapping[Look, str],
    first: date,
    week_starts_on: int,
    *,
    heading: str | None = None,
) -> Axes:
    """Draw a year.

    Args:
        ax: the caller's axes, if any.
        title: of the picture.
        cells: the days that look alike. Other days are left out.
        labels: what the legend says of those that it has.
        first: first day of the year.
        week_starts_on: ISO weekday on which columns begin.
        heading: of the legend.
    """
    axes = open_axes(ax, _HEIGHT + (_HEADING if heading else 0))
    _draw(axes, cells, first, week_starts_on)
    set_title(axes, title)
    entries = [(_sample(look), label) for look, label in labels.items()]
    set_legend(axes, entries, below=True, title=heading, columns=len(entries))
    return axes


def _of_habit(
    session: Session, user_id: int, habit_id: int, first: date, today: date, now: datetime
) -> tuple[str, dict[Look, list[date]]]:
    habit = habits.get(session, user_id, habit_id)
    cells: dict[Look, list[date]] = {look: [] for look in STATUSES.values()}
    for day in habits.history(session, user_id, habit_id, first, last_day(first), now=now):
        if day.day <= today or day.status in _RECORDED:
            cells[STATUSES[day.status]].append(day.day)
    look = STATUSES["kept" if habit.direction == "at_most" else "done"]
    days = counted(len(cells[look]), "days")
    return f"{short(habit.name)}, {first.year}: {look.label} on {days}", cells


def _of_study(
    session: Session, user_id: int, topic_id: int | None, first: date, today: date
) -> tuple[str, dict[Look, list[date]]]:
    name = "Study" if topic_id is None else topics.get(session, user_id, topic_id).name
    last = last_day(first)
    totals = study_sessions.totals_by_day(
        session, user_id, first, last, topic_id=topic_id, fill=True
    )
    cells: dict[Look, list[date]] = {look: [] for look in LEVELS.values()}
    for total in totals:
        if total.start <= today or total.seconds:
            studied = max(total.minutes, min(total.seconds, 1))  # any study is more than none
            level = max(least for least in LEVELS if least <= studied)
            cells[LEVELS[level]].append(total.start)
    minutes = counted(whole_minutes(sum(total.seconds for total in totals)), "minutes")
    days = counted(sum(total.seconds > 0 for total in totals), "days")
    return f"{short(name)}, {first.year}: {minutes} on {days}", cells


def _draw(ax: Axes, cells: Mapping[Look, Sequence[date]], first: date, week_starts_on: int) -> None:
    start = first.toordinal() - days_into_week(first, week_starts_on)

    def place(day: date) -> tuple[int, int]:
        """The week's column, and the day's row."""
        return divmod(day.toordinal() - start, 7)

    for look, days in cells.items():
        places = [place(day) for day in days]
        size = 1 - 2 * _GAP
        boxes = [Rectangle((x + _GAP, y + _GAP), size, size) for x, y in places]
        squares = PatchCollection(
            boxes, facecolor=look.fill, edgecolor=look.edge, linewidth=0.6, label=look.label
        )
        ax.add_collection(squares)
        strokes = [
            [(x + 0.5 + dx / 2, y + 0.5 + dy / 2) for dx, dy in stroke]
            for x, y in places
            for stroke in look.mark
        ]
        ax.add_collection(LineCollection(strokes, colors=look.edge, linewidths=0.9))
    months = [first.replace(month=month) for month in range(1, 13)]
    _separate(ax, [place(month) for month in months[1:]])
    # A month's name is above its middle.
    middles = [place(month.replace(day=15))[0] + 0.5 for month in months]
    canvas(ax).set_xticks(middles, MONTHS, fontsize=SMALL)
    ax.xaxis.tick_top()
    weeks = place(last_day(first))[0] + 1
    ax.set_xlim(-0.1, weeks + 0.1)
    ax.set_ylim(7.1, -0.1)
    ax.set_aspect("equal")
    names = [WEEKDAYS[(week_starts_on - 1 + row) % 7][:3] for row in range(7)]
    rows = [row + 0.5 for row in range(7)]
    canvas(ax).set_yticks(rows, names, fontsize=SMALL, parse_math=False)
    canvas(ax).tick_params("both", length=0, labelsize=SMALL)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _separate(ax: Axes, starts: Sequence[tuple[int, int]]) -> None:
    """Draw a line before the first day of each month."""
    lines = [[(x, 7), (x, y), (x + 1, y), (x + 1, 0)] if y else [(x, 7), (x, 0)] for x, y in starts]
    ax.add_collection(LineCollection(lines, colors=INK, linewidths=0.7))


def _sample(look: Look) -> Patch | tuple[Patch, Line2D]:
    """A cell for the legend."""
    box = Patch(facecolor=look.fill, edgecolor=look.edge, linewidth=0.6)
    if not look.mark:
        return box
    steps = [
        ((x, -y), Path.LINETO if number else Path.MOVETO)  # in the picture, y grows downwards
        for stroke in look.mark
        for number, (x, y) in enumerate(stroke)
    ]
    path = Path([point for point, _ in steps], [step for _, step in steps])
    mark = Line2D(
        [0.5],
        [0.5],
        linestyle="none",
        marker=path,
        markersize=5.5,
        markerfacecolor="none",
        markeredgecolor=look.edge,
        markeredgewidth=0.9,
    )
    return box, mark
