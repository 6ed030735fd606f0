"""How tasks repeat: rules of RFC 5545, and the dates they fall on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from trackercore.domain.calendar import UNITS, CalendarUnit, shift
from trackercore.domain.recurrence_days import ByDay, ChosenDays, RecurrenceFrequency
from trackercore.domain.recurrence_parts import (
    MAX_COUNT,
    MAX_INTERVAL,
    WEEKDAY_CODES,
    InvalidRecurrence,
    RuleParts,
    wrong_value,
)

RepeatsFrom = Literal["due", "completion"]
"""What the next occurrence of a repeating task is counted from."""

SEARCH_YEARS = MAX_INTERVAL
"""After so many years without a date, a rule is taken to have no more."""

_UNITS: dict[RecurrenceFrequency, CalendarUnit] = {
    "daily": UNITS["day"],
    "weekly": UNITS["week"],
    "monthly": UNITS["month"],
    "yearly": UNITS["year"],
}
_EVERY_DAY = tuple(ByDay(weekday) for weekday in range(1, 8))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule of RFC 5545; its `str` is the canonical text. `parse_recurrence` checks what it reads.

    Attributes:
        frequency: FREQ.
        until: UNTIL, the last date on which there may be an occurrence.
        until_at: UNTIL as a date and time, aware if it is in UTC. Only the zone and the time of the
            occurrences tell what the last date is: see `ending_on`.
        count: COUNT, how many occurrences there are. `dates` does not look at it.
        interval: INTERVAL, 2 for every second day, week, month or year.
        by_day: BYDAY, in order; empty if it is not given.
        by_month_day: BYMONTHDAY, -1 for the last day of the month.
        by_month: BYMONTH.
        week_start: WKST, the ISO weekday on which a week starts.
    """

    frequency: RecurrenceFrequency
    until: date | None = None
    until_at: datetime | None = None
    count: int | None = None
    interval: int = 1
    by_day: tuple[ByDay, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    week_start: int = 1

    def __str__(self) -> str:
        until = self.until or self.until_at
        parts = {
            "FREQ": self.frequency.upper(),
            "UNTIL": until and _until_text(until),
            "COUNT": self.count,
            "INTERVAL": self.interval if self.interval > 1 else None,
            "BYDAY": ",".join(
                f"{one.ordinal or ''}{WEEKDAY_CODES[one.weekday - 1]}" for one in self.by_day
            ),
            "BYMONTHDAY": ",".join(map(str, self.by_month_day)),
            "BYMONTH": ",".join(map(str, self.by_month)),
            "WKST": WEEKDAY_CODES[self.week_start - 1] if self.week_start > 1 else None,
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    def ending_on(self, day: date) -> Recurrence:
        """The same rule with this day as UNTIL."""
        return replace(self, until=day, until_at=None)

    def dates(self, start: date, after: date, last: date) -> Iterator[date]:
        """The dates after `after` until `last`, in order: `start`, and those of the rule after it.

        How long ago `start` was makes no difference to the cost. After 1000 years without a date,
        the rule is taken to have no more, as it may not have any with its start and INTERVAL.

        Args:
            start: the first date, also if the rule does not contain it or ends before it, as
                DTSTART in RFC 5545. Parts that the rule does not give come from it. A day of the
                month that comes from it is the last one of a shorter month, as with SKIP=BACKWARD
                in RFC 7529.
            after: where to begin.
            last: where to end; `date.max` to go on as long as there are dates.
        """
        if after < start <= last:
            yield start
        after, last = max(after, start), min(last, self._last_date)
        chosen, interval = self.chosen_days(start), self.interval
        number, weeks = _UNITS[self.frequency].number, self.week_start
        step = interval if self.frequency == "yearly" else 1
        year = after.year + (start.year - after.year) % step
        last_year = min(last.year, year + SEARCH_YEARS)
        while year <= last_year:
            january = date(year, 1, 1).toordinal()
            days = chosen.in_year(year)
            for day in days[bisect_right(days, after.toordinal() - january) :]:
                found = date.fromordinal(january + day)
                if found > last:
                    return
                if interval == 1 or (number(found, weeks) - number(start, weeks)) % interval == 0:
                    yield found
                    last_year = min(last.year, year + SEARCH_YEARS)
            year += step

    def number_of_dates(self, start: date, after: date, last: date) -> int:
        """How many `dates` there are; at interval 1, each year costs as much as one date."""
        if self.interval > 1:
            return sum(1 for _ in self.dates(start, after, last))
        number = int(after < start <= last)
        after, last = max(after, start), min(last, self._last_date)
        chosen = self.chosen_days(start)
        for year in range(after.year, last.year + 1) if after < last else ():
            days, january = chosen.in_year(year), date(year, 1, 1).toordinal()
            number += bisect_right(days, last.toordinal() - january)
            number -= bisect_right(days, after.toordinal() - january)
        return number

    def after_completion(self, day: date) -> date:
        """The date one INTERVAL after the day on which an occurrence was completed.

        After months and years, it is the month's last day if the month is too short.
        """
        if self.frequency in ("daily", "weekly"):
            return shift(day, self.interval * (7 if self.frequency == "weekly" else 1))
        months = self.interval * (12 if self.frequency == "yearly" else 1)
        number = UNITS["month"].number(day, 1) + months
        if number > UNITS["month"].number(date.max, 1):
            return date.max
        first, last = UNITS["month"].days(number, 1)
        return min(shift(first, day.day - 1), last)

    @property
    def _last_date(self) -> date:
        if self.until is not None:
            return self.until
        return date.max if self.until_at is None else self.until_at.date()

    def chosen_days(self, start: date) -> ChosenDays:
        """The days of the parts, and of those that come from the start; INTERVAL aside."""
        by_month = self.by_month
        if self.by_day or self.by_month_day:
            in_month = self.frequency == "monthly"
            return ChosenDays(self.by_day, self.by_month_day, by_month, in_month)
        if self.frequency == "daily":
            return ChosenDays(_EVERY_DAY, by_month=by_month)
        if self.frequency == "weekly":
            return ChosenDays((ByDay(start.isoweekday()),), by_month=by_month)
        if self.frequency == "yearly" and not by_month:
            by_month = (start.month,)
        as_late_as_it = tuple(range(min(start.day, 28), start.day + 1))
        return ChosenDays((), as_late_as_it, by_month, last_only=start.day > 28)


def _until_text(until: date) -> str:
    return until.isoformat().replace("-", "").replace(":", "").replace("+0000", "Z")


@lru_cache(maxsize=4096)
def parse_recurrence(text: str) -> Recurrence:
    """The rule that a text gives, in any letter case, with or without "RRULE:" before it.

    Raises:
        InvalidRecurrence: it is wrong or not supported, or there can be no date.
    """
    parts = RuleParts(text)
    until = parts.until()
    rule = Recurrence(
        parts.frequency(),
        until=None if isinstance(until, datetime) else until,
        until_at=until if isinstance(until, datetime) else None,
        count=parts.number("COUNT", MAX_COUNT),
        interval=parts.number("INTERVAL", MAX_INTERVAL) or 1,
        by_day=parts.by_day(),
        by_month_day=parts.by_month_day(),
        by_month=parts.by_month(),
        week_start=parts.week_start(),
    )
    _check_together(rule, parts.texts)
    return rule


def _check_together(rule: Recurrence, parts: dict[str, str]) -> None:
    """Check parts that are right by themselves."""
    frequency = f"FREQ={parts['FREQ']}"
    if "COUNT" in parts and "UNTIL" in parts:
        raise _exclude("UNTIL", "COUNT")
    if rule.by_month_day and rule.frequency == "weekly":
        raise _exclude("BYMONTHDAY", frequency)
    ordinals = [abs(one.ordinal) for one in rule.by_day if one.ordinal]
    if ordinals and rule.frequency in ("daily", "weekly"):
        numbered = next(text for text in parts["BYDAY"].split(",") if text[:-2])
        reason = f"BYDAY takes no numbers with {frequency}: {numbered[-2:]}, not {numbered}"
        raise InvalidRecurrence(
            "recurrence_weekday_numbered", reason, part="BYDAY", other=frequency, value=numbered
        )
    if ordinals and max(ordinals) > 5 and (rule.frequency == "monthly" or rule.by_month):
        takes = "weekdays from the first to the fifth of a month"
        raise wrong_value("BYDAY", parts["BYDAY"], takes)
    # Other parts cannot keep each other from having a date.
    may_disagree = rule.by_month_day and (rule.by_month or rule.by_day)
    if may_disagree and not rule.chosen_days(date.min).exist:
        reason = "there is no date that BYMONTHDAY and the other parts agree on"
        raise InvalidRecurrence("recurrence_without_dates", reason, part="BYMONTHDAY")


def _exclude(part: str, other: str) -> InvalidRecurrence:
    reason = f"{part} does not go with {other}"
    return InvalidRecurrence("recurrence_parts_exclude", reason, part=part, other=other)


def check_until(rule: Recurrence, due_date: date | None, due_at: datetime | None) -> None:
    """Check that a rule does not end before the due date or time that it is given with.

    Only the owner's zone tells the local day of an instant: what may be one day is not refused.

    Raises:
        InvalidRecurrence: UNTIL is earlier.
    """
    until = rule.until or rule.until_at
    if until is None:
        return
    last = until.date() if isinstance(until, datetime) else until
    if rule.until_at is not None and rule.until_at.tzinfo is not None:
        last = shift(last, 1)
    first = due_date if due_at is None else shift(due_at.astimezone(UTC).date(), -1)
    if first is not None and last < first:
        text = _until_text(until)
        reason = f"UNTIL={text} is before the task is due"
        raise InvalidRecurrence("recurrence_until_before_due", reason, part="UNTIL", value=text)


def check_repeats_from(rule: Recurrence, repeats_from: RepeatsFrom) -> None:
    """Check that a rule goes with what the next occurrence is counted from.

    Raises:
        InvalidRecurrence: it has parts that make no sense after a completion.
    """
    if repeats_from == "due":
        return
    for piece in str(rule).split(";"):
        part = piece.partition("=")[0]
        if part not in ("FREQ", "INTERVAL", "COUNT", "UNTIL"):
            reason = f"the part {part} does not go with repeats_from='completion'"
            raise InvalidRecurrence("recurrence_from_completion", reason, part=part)
