"""How strong habits are, as a line for each."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from annotated_types import Interval
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from pydantic import Strict
from sqlalchemy.orm import Session

from trackercore.frames.python_values import python_day, python_id
from trackercore.plots._drawing import (
    FAINT,
    canvas,
    counted,
    number,
    open_axes,
    set_dates,
    set_legend,
    set_title,
    short,
    show_message,
)
from trackercore.plots._habits import habits_shown
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services.habits.strengths import StrengthByDay, strengths_of
from trackercore.sessions.use import checked

_HEIGHT = 3.0

# Okabe and Ito's colours, with dashes to distinguish them in print.
LOOKS = (
    ("#0072b2", "-"),
    ("#d55e00", "--"),
    ("#009e73", "-."),
    ("#cc79a7", ":"),
    ("#56b4e9", (0, (6, 2, 1, 2, 1, 2))),
    ("#e69f00", (0, (1, 3))),
    ("#000000", (0, (8, 4))),
)

_limit = Argument[int](Annotated[int, Strict(), Interval(ge=1, le=len(LOOKS))])


@checked
def strength(
    session: Session,
    user_id: int,
    habit_ids: Iterable[int] | None = None,
    *,
    start: date,
    end: date,
    limit: int = len(LOOKS),
    max_days: int = MAX_DAYS,
    ax: Axes | None = None,
    now: datetime | None = None,
) -> Axes:
    """How strong habits are on every day of a range, in percent: a line for each habit.

    The legend has the strongest on the last day first.

    Args:
        habit_ids: which habits; by default those that are not archived.
        start: first day of the lines.
        end: their last day.
        limit: how many habits have a line, those that are the strongest on the last day, 1..7.
        max_days: a longer range is refused.
    """
    most, owner = _limit(limit, "limit"), python_id(user_id)
    first, last = python_day(start), python_day(end)
    ids = [habit.id for habit in habits_shown(session, owner, habit_ids)]
    found = strengths_of(session, owner, ids, first, last, max_days, now)
    lines = sorted(found, key=lambda line: -line.strengths[-1])[:most]
    axes = open_axes(ax, _HEIGHT)
    set_title(axes, f"Strength of {_whose(lines, len(found))}, {first} to {last}")
    if not lines:
        show_message(axes, "no habits yet")
        return axes
    days = [number(day) for day in lines[0].days]
    marker = "o" if len(days) == 1 else ""  # a line needs two days
    entries: list[tuple[Artist, str]] = []
    for line, (color, dashes) in zip(lines, LOOKS, strict=False):
        percent = [100 * strength for strength in line.strengths]
        look = {"color": color, "linestyle": dashes, "linewidth": 1.6, "marker": marker}
        entries += [(drawn, short(line.name)) for drawn in canvas(axes).plot(days, percent, **look)]
    set_dates(axes, days[0] - 1, days[-1] + 1)
    axes.set_ylim(0, 103)
    canvas(axes).set_yticks(range(0, 101, 25))
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    canvas(axes).grid(axis="y", color=FAINT)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if len(found) > 1:  # otherwise the name is in the title
        set_legend(axes, entries, below=False, handle_length=3.2)
    return axes


def _whose(lines: list[StrengthByDay], of: int) -> str:
    if len(lines) == 1 == of:
        return short(lines[0].name)
    return counted(of, "habits") if len(lines) == of else f"{len(lines)} of {counted(of, 'habits')}"
