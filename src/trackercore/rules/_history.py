"""What a history of plain values is, as the domain judges it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast

from trackercore.domain.amount import ONE
from trackercore.domain.frequency import Frequency
from trackercore.domain.habit_rules import HabitRules, Pause, merged_pauses, versions_of
from trackercore.domain.recorded_days import RecordedDays
from trackercore.rules._arguments import as_day, as_thousandths
from trackercore.rules._schedule import Schedule, as_schedule, in_thousandths

Days = Iterable[date] | Mapping[date, Decimal | float]
"""Days that were done, or days with what was done on them: see `trackercore.rules`."""

Pauses = Iterable[tuple[date, date | None]]
"""First and last day of each pause; None for one that has no end."""


class History(NamedTuple):
    """What is recorded up to a day, and what it is judged by from the habit's first day on."""

    rules: HabitRules
    recorded: RecordedDays
    today: date


def history_of(
    days: Days,
    schedule: Schedule | Frequency,
    today: date,
    skipped: Iterable[date],
    pauses: Pauses,
    nonexistent: Iterable[date],
) -> History:
    """The history that the arguments of a rule describe."""
    chosen, today = as_schedule(schedule), as_day(today, "today")
    amounts = _amounts(days)
    for value in _each(skipped, "skipped"):
        day = as_day(value, "skipped")
        if amounts.get(day):
            raise ValueError(f"{day} is both done and skipped")
        amounts[day] = None
    known = sorted(day for day in amounts if day <= today)
    recorded = RecordedDays([day.toordinal() for day in known], [amounts[day] for day in known])
    starts_on = chosen.starts_on or recorded.first_done or today
    rules = HabitRules(
        versions_of([(starts_on, in_thousandths(chosen))]),
        merged_pauses([_as_pause(pause) for pause in _each(pauses, "pauses")]),
        tuple(sorted({as_day(day, "nonexistent") for day in _each(nonexistent, "nonexistent")})),
        starts_on=starts_on,
    )
    return History(rules.begun(recorded.first_done, today), recorded, today)


def _amounts(days: Days) -> dict[date, int | None]:
    """What was done on each day, in thousandths."""
    if isinstance(days, Mapping):
        with_amounts = cast("Mapping[object, object]", days)
        return {
            as_day(day, "days"): as_thousandths(amount, f"days, amount of {day}")
            for day, amount in with_amounts.items()
        }
    if hasattr(days, "to_dict"):  # of pandas, which goes through the amounts
        raise TypeError(
            f"days: expected an iterable of dates or a mapping, not a {type(days).__name__}: of a "
            "Series of amounts by day, give series.to_dict()"
        )
    return dict.fromkeys(map(_as_day_alone, _each(days, "days")), ONE)


def _as_day_alone(value: object) -> date:
    if isinstance(value, Sequence) and not isinstance(value, str):
        raise TypeError(
            f"days: expected a date, not {value!r}: of pairs of a day and amount, give dict(days)"
        )
    return as_day(value, "days")


def _each(values: object, what: str) -> Iterable[object]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{what}: expected an iterable, not {values!r}")
    return cast("Iterable[object]", values)


def _as_pause(value: object) -> Pause:
    # A row of SQLAlchemy is a sequence, and no tuple.
    if not isinstance(value, Sequence) or len(cast("Sequence[object]", value)) != 2:
        raise TypeError(f"pauses: expected a pair of first and last day, not {value!r}")
    first, last = cast("Sequence[object]", value)
    pause = Pause(as_day(first, "pauses"), None if last is None else as_day(last, "pauses"))
    if not pause.reaches(pause.starts_on):
        raise ValueError(f"pauses: {pause.ends_on}, the last day, is before {pause.starts_on}")
    return pause
