"""Which fields of a schedule go together, whoever describes it."""

from collections.abc import Collection
from decimal import Decimal

from trackercore.domain.amount import ONE, thousandths
from trackercore.domain.frequency import FREQUENCIES, Counts, Direction, Frequency


class ScheduleMismatch(ValueError):
    """Fields of a schedule exclude each other, or one is missing. It is a `ValueError`.

    Attributes:
        code: what is wrong, for programs.
        facts: what the text names, for a text in another language.
    """

    def __init__(self, code: str, text: str, **facts: str) -> None:
        super().__init__(text)
        self.code = code
        self.facts = facts


def check_weekdays(weekdays: Collection[object]) -> None:
    """Check that some are chosen.

    Raises:
        ScheduleMismatch: there are none.
    """
    if not weekdays:
        text = "choose at least one weekday, 1 (Monday) to 7 (Sunday)"
        raise ScheduleMismatch("no_weekdays", text)


def check_schedule(
    frequency: Frequency,
    target: Decimal | float,
    weekdays: Collection[int] | None,
    direction: Direction,
    counts: Counts,
    day_minimum: Decimal | float | None,
) -> None:
    """Check fields that are right by themselves; amounts are numbers, not thousandths.

    Raises:
        ScheduleMismatch: they do not go together.
    """
    needs_weekdays = FREQUENCIES[frequency].has_weekdays
    if needs_weekdays and weekdays is None:
        text = f"the frequency {frequency!r} needs weekdays"
        raise ScheduleMismatch("weekdays_needed", text, frequency=frequency)
    if not needs_weekdays and weekdays is not None:
        text = f"the frequency {frequency!r} has no weekdays"
        raise ScheduleMismatch("weekdays_not_allowed", text, frequency=frequency)
    if direction == "at_least" and target == 0:
        raise ScheduleMismatch("target_zero", "a target of 0 needs the direction 'at_most'")
    if counts == "amount" and day_minimum is not None:
        raise ScheduleMismatch("day_minimum_not_allowed", "a day_minimum needs counts='days'")
    if day_minimum == 0:
        raise ScheduleMismatch("day_minimum_zero", "the day_minimum must be greater than 0")
    if counts == "days" and thousandths(target) % ONE:
        text = "with counts='days', the target must be a number of days"
        raise ScheduleMismatch("target_days", text)
