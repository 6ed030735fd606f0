"""The days of a year that the BY parts of an RFC 5545 rule choose."""

from __future__ import annotations

from calendar import isleap
from datetime import MAXYEAR, date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

RecurrenceFrequency = Literal["daily", "weekly", "monthly", "yearly"]


class ByDay(NamedTuple):
    """A value of BYDAY.

    Attributes:
        weekday: ISO weekday.
        ordinal: which of them in the month or year, counted from its end if negative; 0 for all.
    """

    weekday: int
    ordinal: int = 0


class ChosenDays(NamedTuple):
    """Which days of each year are chosen: those that all parts agree on; an empty one asks nothing.

    Attributes:
        by_day: weekdays. Ordinals count within the month if `by_month` is given or `in_month` is
            true, else within the year.
        by_month_day: days of the month, counted from its end if negative.
        by_month: months.
        in_month: whether ordinals count within the month.
        last_only: whether only the last of each month's chosen days is.
    """

    by_day: tuple[ByDay, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    in_month: bool = False
    last_only: bool = False

    def in_year(self, year: int) -> tuple[int, ...]:
        """The chosen days in order, as days since January 1."""
        return _days(self, _LIKE[date(year, 1, 1).weekday(), isleap(year)])

    @property
    def exist(self) -> bool:
        """Whether there is such a day in any year."""
        return any(_days(self, year) for year in _LIKE.values())


# A year of each kind: there are 14. They are the last ones that there are, and so python-dateutil,
# which looks on for a date if a year has none, soon stops.
_LIKE = {
    (date(year, 1, 1).weekday(), isleap(year)): year for year in range(MAXYEAR - 27, MAXYEAR + 1)
}


@lru_cache(maxsize=4096)
def _days(chosen: ChosenDays, year: int) -> tuple[int, ...]:
    # As python-dateutil takes plain weekdays and those with an ordinal for two parts that have to
    # agree, it gets them one after the other.
    plain = tuple(one for one in chosen.by_day if not one.ordinal)
    with_ordinal = tuple(one for one in chosen.by_day if one.ordinal)
    if plain and with_ordinal:
        kinds = (chosen._replace(by_day=by_day) for by_day in (plain, with_ordinal))
        return tuple(sorted({day for kind in kinds for day in _days(kind, year)}))
    from dateutil import rrule

    first = datetime(year, 1, 1)  # noqa: DTZ001 - dates without a zone
    rule = rrule.rrule(
        rrule.MONTHLY if chosen.in_month or chosen.last_only else rrule.YEARLY,
        dtstart=first,
        until=first.replace(month=12, day=31),
        byweekday=[rrule.weekday(day - 1, number or None) for day, number in chosen.by_day] or None,
        bymonthday=chosen.by_month_day or None,
        bymonth=chosen.by_month or None,
        bysetpos=-1 if chosen.last_only else None,
    )
    return tuple((day - first).days for day in rule)
