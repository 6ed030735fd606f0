"""Minutes of weeks, as bars stacked by topic."""

from datetime import date
from typing import Annotated

from annotated_types import Interval
from matplotlib.axes import Axes
from pydantic import Strict
from sqlalchemy.orm import Session

from trackercore import frames
from trackercore.domain.timed import whole_minutes
from trackercore.frames.python_values import python_day, python_id
from trackercore.plots._bars import (
    HEIGHT,
    LOOKS,
    OTHER,
    Stack,
    draw_bars,
    is_narrow,
    shown,
)
from trackercore.plots._drawing import (
    LABEL,
    canvas,
    counted,
    open_axes,
    sample,
    set_legend,
    set_title,
    short,
    show_message,
)
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import users
from trackercore.sessions.use import checked

_limit = Argument[int](Annotated[int, Strict(), Interval(ge=1, le=len(LOOKS))])


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
    named = _limit(limit, "limit")
    owner, start, end = python_id(user_id), python_day(start), python_day(end)
    frame = frames.seconds_by_topic(
        session, owner, start=start, end=end, by="week", max_days=max_days
    )
    frame = frame.iloc[shown(frame.any(axis="columns"))]
    axes = open_axes(ax, HEIGHT)
    total = counted(whole_minutes(int(frame.to_numpy().sum())), "minutes")
    set_title(axes, f"Study by topic, {start} to {end}: {total}")
    if frame.columns.empty:
        show_message(axes, "no study in this range")
        return axes
    stacks: list[Stack] = [
        (short(str(name)), look, frame[name] / 60)
        for name, look in zip(frame.columns, LOOKS[:named], strict=False)
    ]
    rest = list(frame.columns[named:])
    if rest:
        others = frame[rest].sum(axis="columns") / 60
        stacks.append((counted(len(rest), "other topics"), OTHER, others))
    week_starts_on = users.get(session, owner).week_starts_on
    first_days = [first.date() for first in frame.index]
    draw_bars(axes, "week", first_days, stacks, week_starts_on)
    canvas(axes).set_ylabel("minutes per week", fontsize=LABEL)
    narrow = is_narrow(frame)
    entries = [(sample(color, "" if narrow else hatch), name) for name, (color, hatch), _ in stacks]
    set_legend(axes, entries[::-1], below=False)  # in the order of the stack
    return axes
