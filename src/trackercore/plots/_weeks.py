"""Minutes of weeks, as bars stacked by topic."""

from __future__ import annotations

from calendar import day_name
from datetime import date

from matplotlib.axes import Axes
from sqlalchemy.orm import Session

from trackercore import frames
from trackercore.domain.calendar import shift
from trackercore.plots._drawing import (
    INK,
    LABEL,
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
from trackercore.services import users
from trackercore.services._arguments import as_positive

_HEIGHT = 3.0
_NARROW = 110
"""More weeks than this are drawn without hatches."""

# Okabe and Ito's colours, with hatches that tell them apart in print.
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


def weeks(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    most: int = 6,
    ax: Axes | None = None,
) -> Axes:
    """Minutes studied in each week of a range, stacked by topic.

    Weeks are the user's. The first and the last one count only the days in the range. In more than
    two years of weeks there is no room for the hatches that tell topics apart in print.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        most: how many topics have a colour of their own, the most studied ones, 7 at most; the
            others are one together.
        ax: what to draw on; default a new figure.

    Raises:
        NotFound: there is no such user.
        pydantic.ValidationError: `start` is after `end`, or `most` is not positive.
    """
    named = min(as_positive(most), len(LOOKS))
    frame = frames.minutes_by_topic(session, user_id, start=start, end=end, by="week")
    axes = open_axes(ax, _HEIGHT)
    whole = counted(int(frame.to_numpy().sum()), "minutes")
    set_title(axes, f"Study by topic, {start} to {end}: {whole}")
    if frame.columns.empty:
        say_nothing_is_there(axes, "no study in this range")
        return axes
    stacks = [
        (short(str(name)), look, [name])
        for name, look in zip(frame.columns, LOOKS[:named], strict=False)
    ]
    rest = list(frame.columns[named:])
    if rest:
        stacks.append((counted(len(rest), "other topics"), OTHER, rest))
    days = [number(first.date()) for first in frame.index]
    tops = [0] * len(days)
    narrow = len(days) > _NARROW  # bars would be nothing but hatch and edge
    for name, (color, hatch), columns in stacks:
        heights = [int(minutes) for minutes in frame[columns].sum(axis="columns")]
        canvas(axes).bar(
            days,
            heights,
            7.0 if narrow else 6.3,
            tops,
            align="edge",
            color=color,
            hatch="" if narrow else hatch,
            edgecolor=INK,
            linewidth=0.0 if narrow else 0.4,
            label=name,
        )
        tops = [top + height for top, height in zip(tops, heights, strict=True)]
    set_dates(axes, days[0] - 2, number(shift(frame.index[-1].date(), 7)) + 2)
    axes.set_ylim(0, 1.05 * max(tops))
    week_starts_on = users.get(session, user_id).week_starts_on
    canvas(axes).set_xlabel(f"weeks, from {day_name[week_starts_on - 1]} on", fontsize=LABEL)
    canvas(axes).set_ylabel("minutes per week", fontsize=LABEL)
    axes.spines[["top", "right"]].set_visible(False)
    entries = [(sample(color, "" if narrow else hatch), name) for name, (color, hatch), _ in stacks]
    set_legend(axes, entries[::-1], below=False)  # in the order of the stack
    return axes
