"""Numbers of completed tasks, as bars."""

from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from sqlalchemy.orm import Session

from trackercore import frames
from trackercore.domain.calendar import Unit
from trackercore.frames.python_values import python_day, python_id
from trackercore.plots._bars import HEIGHT, LOOKS, draw_bars, shown
from trackercore.plots._drawing import LABEL, canvas, counted, open_axes, set_title, show_message
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import users
from trackercore.sessions.use import checked


@checked
def completed_tasks(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "week",
    max_days: int = MAX_DAYS,
    ax: Axes | None = None,
) -> Axes:
    """Tasks completed in each week of a range, or in each day, month or year.

    Each completed occurrence of a repeating task counts. Weeks are the user's. The first and the
    last bar count only the days in the range. More than 110 bars are shown from the first with a
    completed task to the last.

    Args:
        start: first day that counts.
        end: last day that counts.
        by: what a bar is.
        max_days: a longer range is refused.
    """
    owner, start, end = python_id(user_id), python_day(start), python_day(end)
    frame = frames.completed_tasks(
        session, owner, start=start, end=end, by=by, fill=True, max_days=max_days
    )
    counts = frame["completed"].iloc[shown(frame["completed"] > 0)]
    axes = open_axes(ax, HEIGHT)
    total = int(counts.sum())
    set_title(axes, f"Completed, {start} to {end}: {counted(total, 'tasks')}")
    if not total:
        show_message(axes, "no task completed in this range")
        return axes
    week_starts_on = users.get(session, owner).week_starts_on
    first_days = [first.date() for first in counts.index]
    draw_bars(axes, by, first_days, [("tasks", LOOKS[0], counts)], week_starts_on)
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    canvas(axes).set_ylabel(f"tasks per {by}", fontsize=LABEL)
    return axes
