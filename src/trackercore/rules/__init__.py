"""The rules as pure functions of plain values, for those who have their own tables.

They need no database and no rows: dates, numbers and a schedule go in, and an answer comes out. It
is the answer that the services give for the same history. Nothing here reads the clock, and
SQLAlchemy is not imported.

- `days`: the days that were done, as any iterable of dates, in any order. A date that comes twice
  is one day, with the amount 1. Or a mapping of dates to amounts: numbers of 0 or more with up to
  three decimals, of which True is 1 and False is 0. A datetime is refused, as it does not say whose
  day it is: `local_day` does.
- `schedule`: a `Schedule`, or a frequency such as "daily" for one with all defaults.
- `today`: the local day of the person whose habit it is, from which one looks back. What lies after
  it is ignored, pauses aside.
- `skipped`: days that were left out on purpose. They count neither for nor against the streak.
- `pauses`: pairs of a first and a last day, such as of a holiday; None for a pause that has no end.
  They break no streak either. At least, what is done on a paused day counts; at most, it does not.
- `nonexistent`: `nonexistent_dates` of the person's time zone. They break no streak, and what is
  recorded on them counts: somebody who moved may have done it in another zone.
- `time_zone`: the IANA name of somebody's zone, such as "Europe/Berlin".
- `day_starts_at`: when their day starts, in minutes after midnight, 0..1439.

A value of a wrong type is a `TypeError`, any other wrong value a `ValueError`. Fields of a schedule
that do not go together are a `ScheduleMismatch`, which is a `ValueError`, and a zone that this
machine does not have is `trackercore.UnknownTimeZone`.
"""

from trackercore.domain.schedule_check import ScheduleMismatch
from trackercore.domain.streak import StreakStanding
from trackercore.domain.timed import Part
from trackercore.rules._days import cut_by_day, day_bounds, local_day, nonexistent_dates
from trackercore.rules._habits import (
    PeriodStanding,
    completion_rate,
    due,
    period_standing,
    streak,
)
from trackercore.rules._schedule import Schedule

__all__ = [
    "Part",
    "PeriodStanding",
    "Schedule",
    "ScheduleMismatch",
    "StreakStanding",
    "completion_rate",
    "cut_by_day",
    "day_bounds",
    "due",
    "local_day",
    "nonexistent_dates",
    "period_standing",
    "streak",
]


def __dir__() -> list[str]:
    return __all__
