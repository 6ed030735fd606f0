"""The dates of an RFC 5545 rule, worked out slowly: is this day one of them, day by day.

It is written from the RFC alone, reads the text of the rule itself, and shares nothing with the
package or with python-dateutil.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule, by their names."""
    return dict(part.split("=") for part in rule.split(";"))


def dates(rule: str, start: date, after: date, last: date) -> Iterator[date]:
    """The dates after `after` until `last`."""
    parts = parts_of(rule)
    for ordinal in range(after.toordinal() + 1, last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if is_date(parts, start, day):
            yield day


def is_date(parts: dict[str, str], start: date, day: date) -> bool:
    """Whether the day is a date of the rule; the start always is."""
    if day <= start:
        return day == start
    return (
        ("UNTIL" not in parts or f"{day:%Y%m%d}".zfill(8) <= parts["UNTIL"])
        and is_in_turn(parts, start, day)
        and ("BYMONTH" not in parts or str(day.month) in parts["BYMONTH"].split(","))
        and ("BYMONTHDAY" not in parts or is_month_day(parts["BYMONTHDAY"].split(","), day))
        and ("BYDAY" not in parts or is_weekday(parts, day))
        and is_like_the_start(parts, start, day)
    )


def is_in_turn(parts: dict[str, str], start: date, day: date) -> bool:
    """Whether the day's day, week, month or year is every INTERVAL-th from the start's."""
    interval = int(parts.get("INTERVAL", "1"))
    match parts["FREQ"]:
        case "DAILY":
            passed = (day - start).days
        case "WEEKLY":
            week_start = WEEKDAYS.index(parts.get("WKST", "MO"))
            days_into_week = (start.weekday() - week_start) % 7
            passed = ((day - start).days + days_into_week) // 7
        case "MONTHLY":
            passed = 12 * (day.year - start.year) + day.month - start.month
        case _:
            passed = day.year - start.year
    return passed % interval == 0


def is_month_day(values: list[str], day: date) -> bool:
    """Whether a BYMONTHDAY is the day's, counted from either end of the month."""
    length = monthrange(day.year, day.month)[1]
    return any(int(value) in (day.day, day.day - length - 1) for value in values)


def is_weekday(parts: dict[str, str], day: date) -> bool:
    """Whether a BYDAY is the day's, counted from either end of the month or year if it says so."""
    weekday = WEEKDAYS[day.weekday()]
    for value in parts["BYDAY"].split(","):
        if value[-2:] != weekday:
            continue
        if value == weekday:
            return True
        in_month = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
        if int(value[:-2]) in ordinals(day, in_month=in_month):
            return True
    return False


def ordinals(day: date, *, in_month: bool) -> tuple[int, int]:
    """Which one of its weekday the day is, counted from the start and from the end."""

    def is_within(other: date) -> bool:
        return other.year == day.year and (other.month == day.month or not in_month)

    def count(step: int) -> int:
        number, ordinal = 0, day.toordinal()
        while 1 <= ordinal <= date.max.toordinal() and is_within(date.fromordinal(ordinal)):
            number, ordinal = number + 1, ordinal + step
        return number

    return count(-7), -count(7)


def is_like_the_start(parts: dict[str, str], start: date, day: date) -> bool:
    """Whether the day has what the rule leaves to the start; see SKIP=BACKWARD in RFC 7529."""
    if "BYDAY" in parts or "BYMONTHDAY" in parts or parts["FREQ"] == "DAILY":
        return True
    if parts["FREQ"] == "WEEKLY":
        return day.weekday() == start.weekday()
    if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts and day.month != start.month:
        return False
    return day.day == min(start.day, monthrange(day.year, day.month)[1])
