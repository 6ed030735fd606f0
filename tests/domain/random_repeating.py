"""Random repeating tasks in many zones against the slow oracle.

`python -m tests.domain.random_repeating --number 100000 --seed 19` runs so many. Each is a random
rule from a random day on, at a time of day or on days, in a zone: it is completed or skipped a few
times, early or late, and its next occurrences, numbers and missed dates are compared.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, cast

from tests.domain.random_recurrences import random_rule, random_start
from tests.support import repeating_oracle as oracle
from tests.support.recurrence_oracle import parts_of
from tests.support.repeating_oracle import DAY, Owner, Repeats
from trackercore.domain.recurrence import RepeatsFrom, parse_recurrence
from trackercore.domain.recurrence_parts import InvalidRecurrence
from trackercore.domain.repeating import Place, Series

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Africa/Casablanca"),  # at midnight
    *("Pacific/Apia", "Pacific/Kwajalein", "Pacific/Kiritimati"),  # without some date
)
AROUND = {
    "Pacific/Apia": date(2011, 12, 30),
    "Pacific/Kwajalein": date(1993, 8, 21),
    "Pacific/Kiritimati": date(1994, 12, 31),
}
"""The dates that zones skipped."""

TIMES = (None, None, time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(9), time(23, 45))
FARTHEST = 1_200
"""Days that the oracle goes through for one step."""


class Step(NamedTuple):
    """What is done to the open occurrence, and how long after the start of its date."""

    skipped: bool
    after: timedelta


class Case(NamedTuple):
    """A task, and what is done to it."""

    task: Repeats
    steps: tuple[Step, ...]


def random_case(chance: random.Random) -> Case:
    """A task in a zone, often close to a day on which its clocks change."""
    zone = chance.choice(ZONES)
    start = random_start(chance)
    while not 1950 <= start.year <= 2090:
        start = random_start(chance)
    if zone in AROUND and chance.random() < 0.7:
        start = AROUND[zone] - chance.randint(1, 40) * DAY
    elif chance.random() < 0.4:
        start = date(chance.randint(1995, 2030), chance.choice([3, 4, 10, 11]), 1) + DAY * (
            chance.randint(0, 30)
        )
    repeats_from: RepeatsFrom = chance.choice(["due", "due", "completion"])
    rule = random_rule(chance, start)
    if repeats_from == "completion":
        kept = ("FREQ", "INTERVAL", "COUNT", "UNTIL")
        rule = ";".join(part for part in rule.split(";") if part.partition("=")[0] in kept)
    day_starts_at = chance.choice([0, 0, 60, 180, 720, 1439])
    steps = tuple(_step(chance) for _ in range(chance.randint(1, 4)))
    return Case(
        Repeats(rule, repeats_from, start, chance.choice(TIMES), Owner(zone, day_starts_at)), steps
    )


def _step(chance: random.Random) -> Step:
    minutes = chance.choice([0, chance.randint(0, 1439), 15 * chance.randint(0, 95)])
    days = chance.choice([0, 0, 0, 1, chance.randint(-5, 40), chance.randint(0, 500)])
    return Step(chance.random() < 0.3, timedelta(days=days, minutes=minutes))


def series(task: Repeats) -> Series:
    """The same for the package."""
    return Series(
        parse_recurrence(task.rule),
        cast("RepeatsFrom", task.repeats_from),
        task.start,
        task.time,
        *task.owner,
    )


def differences(case: Case, has: Counter[str]) -> Iterator[str]:
    """What the package answers otherwise than the oracle; `has` counts what came up."""
    task = case.task
    try:
        made = series(task)
    except InvalidRecurrence:
        has["refused, as there is no date"] += 1
        return
    place = Place(task.start, 1)
    for step in case.steps:
        start = oracle.instant_of(place.date, time(0), task.owner.time_zone)
        now = start + step.after
        has.update(f"{name} when it is done" for name in _dimensions_of(task, place, now))
        yield from _differences_around(made, task, place, now)
        following = made.next(place, now, skipped=step.skipped)
        if task.repeats_from == "completion":
            expected = oracle.next_from_completion(task, *place, now, skipped=step.skipped)
        else:
            last = max(place.date, now.date()) + FARTHEST * DAY
            expected = oracle.next_from_due(task, *place, now, last)
            if expected is None and following is not None and following.date > last:
                has["farther than the oracle looks"] += 1
                return
        if following != expected:
            yield f"after {place} at {now}: {following}, not {expected}"
            return
        has["steps"] += 1
        if following is None:
            has["done for good"] += 1
            return
        if made.number_on(place.date, following) != place.number:
            yield f"{following} taken back to {place.date}: {made.number_on(place.date, following)}"
        has["occurrences missed in a step"] += following.number - place.number > 1
        place = following


def _differences_around(made: Series, task: Repeats, place: Place, now: datetime) -> Iterator[str]:
    if task.repeats_from == "completion":
        return
    start, end = place.date - 40 * DAY, place.date + 60 * DAY
    found, expected = list(made.dates(place, start, end)), oracle.dates_between(task, start, end)
    if not oracle.is_occurrence(task, place.date):  # the start may be a nonexistent date
        expected = sorted({*expected, place.date})
    if found != expected:
        yield f"dates from {start} to {end}: {found}, not {expected}"
    ahead = list(made.upcoming(place, start, end, now))
    days = oracle.dates_between(task, start, end + 2 * DAY)
    later = [day for day in days if day > place.date and not oracle.is_over(task, day, now)]
    due = [(day, oracle_due(task, day)) for day in later]
    expected_due = [(day, at) for day, at in due if start <= oracle_day(task, day, at) <= end]
    if [(one.occurrence_date, one.due_at) for one in ahead] != expected_due:
        yield f"upcoming at {now}: {ahead}, not {expected_due}"


def oracle_due(task: Repeats, day: date) -> datetime | None:
    if task.time is None:
        return None
    return oracle.instant_of(day, task.time, task.owner.time_zone)


def oracle_day(task: Repeats, day: date, at: datetime | None) -> date:
    return day if at is None else oracle.local_day(at, task.owner)


def _dimensions_of(task: Repeats, place: Place, now: datetime) -> Iterator[str]:
    yield "over" if oracle.is_over(task, place.date, now) else "not over"


def dimensions(case: Case) -> Iterator[str]:
    """What a case has."""
    task = case.task
    parts = parts_of(task.rule)
    yield f"FREQ={parts['FREQ']} from {task.repeats_from}"
    yield f"in {task.owner.time_zone}"
    yield "timed" if task.time is not None else "due on days"
    yield next((part for part in ("COUNT", "UNTIL") if part in parts), "neither COUNT nor UNTIL")
    if task.owner.day_starts_at:
        yield "days start later than at midnight"
        if task.time is not None and task.time.hour * 60 < task.owner.day_starts_at:
            yield "timed before the start of the day"
    if task.time is not None:
        day = oracle.instant_of(task.start, task.time, task.owner.time_zone)
        months = (day + DAY * length for length in range(200))
        if len({oracle.offset_at(one, task.owner.time_zone) for one in months}) > 1:
            yield "clocks change within 200 days"
    skipped = AROUND.get(task.owner.time_zone)
    if skipped is not None and timedelta() <= skipped - task.start <= 60 * DAY:
        yield "a nonexistent date within 60 days"


def compare(seed: int, number: int) -> Counter[str]:
    """Compare so many tasks, and count what they had.

    Raises:
        AssertionError: one goes on otherwise than by the oracle.
    """
    counts: Counter[str] = Counter()
    for one in range(number):
        chance = random.Random(f"{seed} {one}")  # noqa: S311 - a task, no secret
        case = random_case(chance)
        wrong = list(differences(case, counts))
        assert not wrong, f"task {one} of seed {seed}: {case}\n" + "\n".join(wrong)
        counts.update(dimensions(case))
        counts["tasks"] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=19)
    options = parser.parse_args()
    for name, number in sorted(compare(options.seed, options.number).items()):
        print(f"{number:>9,}  {name}")  # noqa: T201


if __name__ == "__main__":
    main()
