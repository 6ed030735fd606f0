"""Minutes of weeks, as bars stacked by topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil
from typing import Annotated

import numpy as np
from annotated_types import Interval
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from pydantic import Strict, TypeAdapter
from sqlalchemy.orm import Session

from trackercore import frames
from trackercore.domain.timed import whole_minutes
from trackercore.frames.arguments import python_day, python_id
from trackercore.plots._drawing import (
    INK,
    LABEL,
    MOST_TICKS,
    WEEKDAYS,
    canvas,
    counted,
    days_into_week,
    number,
    open_axes,
    sample,
    set_dates,
    set_legend,
    set_title,
    short,
    show_message,
)
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import users
from trackercore.sessions.use import checked

_HEIGHT = 3.0
_NARROW = 110
"""More weeks are drawn without hatches, and from the first week with study to the last."""
_BY_WEEK = 26
"""Up to this many weeks, the x axis shows first days of weeks, otherwise of months or years."""

# Okabe and Ito's colours, with hatches to distinguish them in print.
LOOKS = (
    ("#0072b2", ""),
    ("#e69f00", "////"),
    ("#009e73", "...."),
    ("#cc79a7", "\\\\\\\\"),
    ("#56b4e9", "xxxx"),
    ("#d55e00", "----"),
    ("#f0e442", "oooo"),
)
OTHER = ("#b3b3b3", "++++")

Stack = tuple[str, tuple[str, str], Iterable[int]]
"""Name, colour and hatch, and the seconds of each week."""

_limit = TypeAdapter[int](Annotated[int, Strict(), Interval(ge=1, le=len(LOOKS))])


@checked
def weeks(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    limit: int = 6,
    max_days: int = MAX_DAYS,
    ax: Axes | None = None,
) -> Axes:
    """Minutes studied in each week of a range, stacked by topic.

    Weeks are the user's. The first and the last one count only the days in the range. A range of
    more than two years is shown without hatches, from its first week with study to its last.

    Args:
        start: first day that counts.
        end: last day that counts.
        limit: how many topics have a colour of their own, the most studied ones, 1..7; the others
            share one.
        max_days: a longer range is refused.
    """
    named = _limit.validate_python(limit)
    owner, start, end = python_id(user_id), python_day(start), python_day(end)
    frame = frames.seconds_by_topic(
        session, owner, start=start, end=end, by="week", max_days=max_days
    )
    if len(frame) > _NARROW:
        studied = np.flatnonzero(frame.any(axis="columns"))
        frame = frame.iloc[studied[0] : studied[-1] + 1] if studied.size else frame
    axes = open_axes(ax, _HEIGHT)
    total = counted(whole_minutes(int(frame.to_numpy().sum())), "minutes")
    set_title(axes, f"Study by topic, {start} to {end}: {total}")
    if frame.columns.empty:
        show_message(axes, "no study in this range")
        return axes
    stacks: list[Stack] = [
        (short(str(name)), look, frame[name])
        for name, look in zip(frame.columns, LOOKS[:named], strict=False)
    ]
    rest = list(frame.columns[named:])
    if rest:
        others = frame[rest].sum(axis="columns")
        stacks.append((counted(len(rest), "other topics"), OTHER, others))
    week_starts_on = users.get(session, owner).week_starts_on
    first_days = [first.date() for first in frame.index]
    starts = [number(day) - days_into_week(day, week_starts_on) for day in first_days]
    narrow = len(starts) > _NARROW  # a bar would be all hatch and edge
    top = _draw(axes, starts, stacks, narrow=narrow)
    every = ceil(len(starts) / MOST_TICKS)
    ticks = [number(day) for day in first_days[::every]] if len(starts) <= _BY_WEEK else []
    set_dates(axes, starts[0] - 2, starts[-1] + 7 + 2, ticks)
    axes.set_ylim(0, 1.05 * top)
    canvas(axes).set_xlabel(f"weeks, from {WEEKDAYS[week_starts_on - 1]} on", fontsize=LABEL)
    canvas(axes).set_ylabel("minutes per week", fontsize=LABEL)
    axes.spines[["top", "right"]].set_visible(False)
    entries = [(sample(color, "" if narrow else hatch), name) for name, (color, hatch), _ in stacks]
    set_legend(axes, entries[::-1], below=False)  # in the order of the stack
    return axes


def _draw(ax: Axes, starts: Sequence[float], stacks: Sequence[Stack], *, narrow: bool) -> float:
    """Draw the stacks on top of each other; returns the height of the highest, in minutes."""
    tops = [0.0] * len(starts)
    for name, (color, hatch), seconds in stacks:
        heights = [int(height) / 60 for height in seconds]
        bars = [
            Rectangle((x, top), 7.0 if narrow else 6.3, height)
            for x, top, height in zip(starts, tops, heights, strict=True)
            if height
        ]
        # One collection per topic: to draw a patch for each week takes seconds.
        ax.add_collection(
            PatchCollection(
                bars,
                facecolor=color,
                hatch="" if narrow else hatch,
                edgecolor=INK,
                linewidth=0.0 if narrow else 0.4,
                label=name,
            )
        )
        tops = [top + height for top, height in zip(tops, heights, strict=True)]
    return max(tops)
