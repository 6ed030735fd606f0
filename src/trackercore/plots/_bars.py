"""Stacked bars on an axis of dates: one bar for each day, week, month or year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from datetime import date
from math import ceil

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from trackercore.domain.calendar import Unit, bucket
from trackercore.domain.weekdays import WEEKDAYS
from trackercore.plots._drawing import (
    INK,
    LABEL,
    MOST_TICKS,
    canvas,
    days_into_week,
    number,
    set_dates,
)

HEIGHT = 3.0

_NARROW = 110
_LABELLED = 26
"""Up to this many bars, the x axis shows first days of bars, otherwise of months or years."""
_COVERED, _MARGIN = 0.9, 2 / 7  # of the width that a bar has

Look = tuple[str, str]
"""Colour and hatch."""

# Okabe and Ito's colours, with hatches to distinguish them in print.
LOOKS: tuple[Look, ...] = (
    ("#0072b2", ""),
    ("#e69f00", "////"),
    ("#009e73", "...."),
    ("#cc79a7", "\\\\\\\\"),
    ("#56b4e9", "xxxx"),
    ("#d55e00", "----"),
    ("#f0e442", "oooo"),
)
OTHER: Look = ("#b3b3b3", "++++")

Stack = tuple[str, Look, Iterable[float]]
"""Its name, how it looks, and its height in each bar."""


def is_narrow(bars: Sized) -> bool:
    """Whether there are so many bars that each would be all hatch and edge."""
    return len(bars) > _NARROW


def shown(are_filled: Iterable[bool]) -> slice:
    """The bars to draw: all, but narrow ones only from the first with a height to the last."""
    bars = list(are_filled)
    if not is_narrow(bars) or not any(bars):
        return slice(None)
    return slice(bars.index(True), len(bars) - bars[::-1].index(True))


def draw_bars(
    ax: Axes, unit: Unit, first_days: Sequence[date], stacks: Sequence[Stack], week_starts_on: int
) -> None:
    """Draw the stacks on top of each other, and all of both axes except the name of the y axis.

    Args:
        ax: the axes.
        unit: what a bar is.
        first_days: of the bars.
        stacks: at least one height is above 0.
        week_starts_on: ISO weekday.
    """
    narrow = is_narrow(first_days)
    places = [_place(unit, day, week_starts_on) for day in first_days]
    tops = [0.0] * len(places)
    for name, (color, hatch), heights in stacks:
        boxes = [
            Rectangle((x, top), width if narrow else _COVERED * width, height)
            for (x, width), top, height in zip(places, tops, heights, strict=True)
            if height
        ]
        # One collection per stack: to draw a patch for each bar takes seconds.
        ax.add_collection(
            PatchCollection(
                boxes,
                facecolor=color,
                hatch="" if narrow else hatch,
                edgecolor=INK,
                linewidth=0.0 if narrow else 0.4,
                label=name,
            )
        )
        tops = [top + height for top, height in zip(tops, heights, strict=True)]
    ax.set_ylim(0, 1.05 * max(tops))
    every = ceil(len(places) / MOST_TICKS)
    ticks = [number(day) for day in first_days[::every]] if len(places) <= _LABELLED else []
    (first, first_width), (last, last_width) = places[0], places[-1]
    set_dates(ax, first - _MARGIN * first_width, last + (1 + _MARGIN) * last_width, ticks)
    start = f", from {WEEKDAYS[week_starts_on - 1]} on" if unit == "week" else ""
    canvas(ax).set_xlabel(f"{unit}s{start}", fontsize=LABEL)
    ax.spines[["top", "right"]].set_visible(False)


def _place(unit: Unit, day: date, week_starts_on: int) -> tuple[float, float]:
    """Where a bar begins, and its width in days."""
    if unit == "week":  # it may begin before there were dates, or end after the last
        return number(day) - days_into_week(day, week_starts_on), 7.0
    first, last = bucket(unit, day)
    return number(first), (last - first).days + 1.0
