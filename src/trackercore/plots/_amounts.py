"""Amounts done for a habit, as bars."""

from datetime import date

from matplotlib.axes import Axes
from sqlalchemy.orm import Session

from trackercore import frames
from trackercore.domain.amount import ONE, amount_of
from trackercore.domain.calendar import Unit
from trackercore.frames.python_values import python_day, python_id
from trackercore.plots._bars import HEIGHT, LOOKS, draw_bars, shown
from trackercore.plots._drawing import LABEL, canvas, open_axes, set_title, short, show_message
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import habits, users
from trackercore.sessions.use import checked


@checked
def amounts(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "week",
    max_days: int = MAX_DAYS,
    ax: Axes | None = None,
) -> Axes:
    """Amounts done for a habit in each week of a range, or each day, month or year.

    Weeks are the user's. The first and the last bar count only the days in the range. More than 110
    bars are shown from the first with an amount to the last.

    Args:
        habit_id: which habit; its unit names the y axis.
        start: first day that counts.
        end: last day that counts.
        by: what a bar is.
        max_days: a longer range is refused.
    """
    owner, start, end = python_id(user_id), python_day(start), python_day(end)
    frame = frames.amounts(
        session, owner, habit_id, start=start, end=end, by=by, fill=True, max_days=max_days
    )
    habit = habits.get(session, owner, python_id(habit_id))
    unit = None if habit.unit is None else short(habit.unit)
    sums = frame["amount"].iloc[shown(frame["amount"] > 0)]
    axes = open_axes(ax, HEIGHT)
    total = amount_of(round(sums.sum() * ONE))
    set_title(axes, f"{short(habit.name)}, {start} to {end}: {total:,} {unit or 'in total'}")
    if not total:
        show_message(axes, "nothing done in this range")
        return axes
    week_starts_on = users.get(session, owner).week_starts_on
    first_days = [first.date() for first in sums.index]
    draw_bars(axes, by, first_days, [(habit.name, LOOKS[0], sums)], week_starts_on)
    label = f"{unit or 'amount'} per {by}"
    canvas(axes).set_ylabel(label, fontsize=LABEL, parse_math=False)
    return axes
