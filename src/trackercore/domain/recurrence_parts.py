"""The parts of the text of an RFC 5545 rule, each read by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT
from trackercore.domain.recurrence_days import ByDay, RecurrenceFrequency

MAX_INTERVAL = 1_000
MAX_COUNT = 1_000_000

WEEKDAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""Those of RFC 5545: ISO weekday 1 is the first."""

SUPPORTED = ("FREQ", "UNTIL", "COUNT", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST")

FREQUENCIES: dict[str, RecurrenceFrequency] = {
    "DAILY": "daily",
    "WEEKLY": "weekly",
    "MONTHLY": "monthly",
    "YEARLY": "yearly",
}


class InvalidRecurrence(ValueError):
    """A text is no rule of RFC 5545, or not one that a task can have. It is a `ValueError`.

    Attributes:
        code: what is wrong, for programs.
        facts: what the text names, for a text in another language: `part` is the part of the rule.
    """

    def __init__(self, code: str, text: str, **facts: str) -> None:
        super().__init__(text)
        self.code = code
        self.facts = facts


class RuleParts:
    """The parts that a text gives. Each method reads one, and raises `InvalidRecurrence`.

    Attributes:
        texts: the texts of the values, by the names of the parts.

    Raises:
        InvalidRecurrence: the text has no parts, one that is not supported, or one twice.
    """

    def __init__(self, text: str) -> None:
        self.texts: dict[str, str] = {}
        rule = re.sub("^RRULE:", "", text.strip(), flags=re.IGNORECASE)
        for piece in rule.split(";"):
            part, _, value = piece.upper().partition("=")
            if not (part and value and piece.isascii()):
                reason = f"{piece!r} is not a part of a rule, such as FREQ=DAILY or COUNT=3"
                raise InvalidRecurrence("recurrence_format", reason, part=piece)
            if part not in SUPPORTED:
                reason = f"the part {part!r} is not supported, only {', '.join(SUPPORTED)}"
                raise InvalidRecurrence("recurrence_part_unknown", reason, part=part)
            if part in self.texts:
                reason = f"the part {part} is there twice"
                raise InvalidRecurrence("recurrence_part_twice", reason, part=part)
            self.texts[part] = value

    def frequency(self) -> RecurrenceFrequency:
        """FREQ, which no rule is without."""
        if "FREQ" not in self.texts:
            reason = "the part FREQ is missing"
            raise InvalidRecurrence("recurrence_part_missing", reason, part="FREQ")
        text = self.texts["FREQ"]
        if text not in FREQUENCIES:
            raise wrong_value("FREQ", text, "DAILY, WEEKLY, MONTHLY or YEARLY")
        return FREQUENCIES[text]

    def until(self) -> date | None:
        """UNTIL: a date, or a datetime that is aware if it is in UTC."""
        text = self.texts.get("UNTIL")
        if text is None:
            return None
        try:
            if re.fullmatch(r"\d{8}", text):
                return date.fromisoformat(text)
            if re.fullmatch(r"\d{8}T\d{6}Z?", text):
                until = datetime.fromisoformat(text)
                if FIRST_INSTANT <= until.replace(tzinfo=UTC) < LAST_INSTANT:
                    return until
        except ValueError:
            pass
        takes = "a date such as 20271231, 20271231T090000 or 20271231T090000Z"
        raise wrong_value("UNTIL", text, takes)

    def number(self, part: str, most: int) -> int | None:
        """A part that is a number of 1 or more."""
        text = self.texts.get(part)
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= most:
            raise wrong_value(part, text, f"1 to {most}")
        return int(text)

    def by_day(self) -> tuple[ByDay, ...]:
        """BYDAY, in order."""
        days: set[ByDay] = set()
        for text in self._values("BYDAY"):
            match = re.fullmatch(rf"([+-]?\d\d?)?({'|'.join(WEEKDAY_CODES)})", text)
            if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
                raise wrong_value("BYDAY", text, "weekdays such as MO, 2MO or -1MO")
            days.add(ByDay(WEEKDAY_CODES.index(match[2]) + 1, int(match[1] or 0)))
        return tuple(sorted(days))

    def by_month_day(self) -> tuple[int, ...]:
        """BYMONTHDAY, in order."""
        days: set[int] = set()
        for text in self._values("BYMONTHDAY"):
            if not re.fullmatch(r"[+-]?\d\d?", text) or not 1 <= abs(int(text)) <= 31:
                raise wrong_value("BYMONTHDAY", text, "1 to 31, or -1 to -31")
            days.add(int(text))
        return tuple(sorted(days))

    def by_month(self) -> tuple[int, ...]:
        """BYMONTH, in order."""
        months: set[int] = set()
        for text in self._values("BYMONTH"):
            if not re.fullmatch(r"\d\d?", text) or not 1 <= int(text) <= 12:
                raise wrong_value("BYMONTH", text, "1 to 12")
            months.add(int(text))
        return tuple(sorted(months))

    def week_start(self) -> int:
        """WKST, as an ISO weekday."""
        text = self.texts.get("WKST", "MO")
        if text not in WEEKDAY_CODES:
            raise wrong_value("WKST", text, "a weekday such as MO")
        return WEEKDAY_CODES.index(text) + 1

    def _values(self, part: str) -> Iterator[str]:
        if part in self.texts:
            yield from self.texts[part].split(",")


def wrong_value(part: str, text: str, takes: str) -> InvalidRecurrence:
    """The error of a value that a part does not take."""
    reason = f"{part} must be {takes}, not {text!r}"
    return InvalidRecurrence("recurrence_value", reason, part=part, value=text)
