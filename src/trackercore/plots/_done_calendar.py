"""A year of all habits: how much was done on each day of what was due."""

from datetime import date, datetime

from matplotlib.axes import Axes
from sqlalchemy.orm import Session

from trackercore.frames.python_values import python_id
from trackercore.plots._calendar import Look, first_day, last_day, show_year
from trackercore.plots._drawing import counted
from trackercore.services import habits, users
from trackercore.sessions.use import checked
from trackercore.types import utc_now

# By the least percentage. The same steps in every picture, from white to the green of "done" and
# darker: the more, the darker, also in print.
SHARES: dict[int, Look] = {
    0: Look("none", "#ffffff", "#c8c8c8"),
    1: Look("1-24 %", "#d4efe6", "#d4efe6"),
    25: Look("25-49 %", "#93d5bd", "#93d5bd"),
    50: Look("50-74 %", "#3fb48e", "#3fb48e"),
    75: Look("75-99 %", "#007f5c", "#007f5c"),
    100: Look("all", "#00402e", "#00402e"),
}


@checked
def done_calendar(
    session: Session,
    user_id: int,
    *,
    year: int | None = None,
    ax: Axes | None = None,
    now: datetime | None = None,
) -> Axes:
    """A year of all habits: the darker a day, the more was done of what was due.

    It shows the days of `habits.done_by_day`. The steps are the same in every picture. Days on
    which nothing was due, and future days, are left out.

    Args:
        year: by default the user's current one.

    Raises:
        ValueError: the year is not in 1..9999.
    """
    user_id, now = python_id(user_id), now or utc_now()
    today = users.today(session, user_id, now=now)
    first = first_day(year, today)
    days = [
        day
        for day in habits.done_by_day(session, user_id, first, last_day(first), now=now)
        if day.due and day.day <= today
    ]
    cells: dict[Look, list[date]] = {look: [] for look in SHARES.values()}
    for day in days:
        share = max(100 * day.done // day.due, min(day.done, 1))  # anything is more than nothing
        cells[SHARES[max(least for least in SHARES if least <= share)]].append(day.day)
    done, due = sum(day.done for day in days), sum(day.due for day in days)
    title = f"All habits, {first.year}: done {done:,} of {counted(due, 'times')}"
    labels = {look: look.label for look in cells}
    week_starts_on = users.get(session, user_id).week_starts_on
    return show_year(
        ax, title, cells, labels, first, week_starts_on, heading="done of what was due"
    )
