"""Random rules of repeating tasks against the slow oracle.

`python -m tests.domain.random_recurrences --number 100000 --seed 19` runs so many.

Hypothesis looks for the smallest rule that is wrong; this goes through very many, and says how many
of them had what.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from datetime import MAXYEAR, date
from itertools import islice
from typing import NamedTuple

from tests.support import recurrence_oracle as oracle
from trackercore.domain.calendar import shift
from trackercore.domain.recurrence import Recurrence, parse_recurrence
from trackercore.domain.recurrence_parts import InvalidRecurrence

LONGEST = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
"""Days of a period."""


class Case(NamedTuple):
    """A rule from a start on, and the range of which the dates are compared."""

    rule: str
    start: date
    after: date
    last: date


def random_case(chance: random.Random) -> Case:
    """Any rule from any start on; most ranges are long enough for some dates."""
    start = random_start(chance)
    rule = random_rule(chance, start)
    parts = oracle.parts_of(rule)
    period = LONGEST[parts["FREQ"]] * int(parts.get("INTERVAL", "1"))
    length = min(max(chance.randint(20, 120), chance.randint(1, 4) * period), 2_500)
    after = shift(
        start,
        chance.choice(
            [
                chance.randint(-5, 5),
                chance.randint(0, 400),
                chance.randint(0, 50) * period + chance.randint(-20, 5),
                chance.randint(0, 40_000),
            ]
        ),
    )
    if chance.random() < 0.02:
        return Case(rule, start, shift(date.max, -length), date.max)
    return Case(rule, start, after, shift(after, length))


def random_start(chance: random.Random) -> date:
    year = chance.choice([chance.randint(1990, 2040), chance.randint(1990, 2040), 2000, 2100])
    if chance.random() < 0.15:
        year = chance.choice([chance.randint(1, 30), chance.randint(MAXYEAR - 30, MAXYEAR)])
    month = chance.randint(1, 12)
    kind = chance.random()
    if kind < 0.15:
        year -= year % 4
        return clamped(max(year, 4), 2, 29)
    if kind < 0.5:
        return clamped(year, month, chance.choice([28, 29, 30, 31]))
    return clamped(year, month, chance.randint(1, 31))


def clamped(year: int, month: int, day: int) -> date:
    """The day, or the last one of a shorter month."""
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def random_rule(chance: random.Random, start: date) -> str:
    """The text of a rule, which may have no dates."""
    frequency = chance.choice(list(LONGEST))
    parts = {"FREQ": frequency}
    match chance.randint(0, 5):
        case 0:
            parts["COUNT"] = str(chance.randint(1, 30))
        case 1:
            until = shift(start, chance.choice([0, chance.randint(0, 800), 20_000]))
            parts["UNTIL"] = until.isoformat().replace("-", "")
        case _:
            pass
    if chance.random() < 0.6:
        few = {"DAILY": 60, "WEEKLY": 26, "MONTHLY": 24, "YEARLY": 8}[frequency]
        interval = chance.choice([2, 2, 3, chance.randint(2, few), chance.randint(2, 1000)])
        parts["INTERVAL"] = str(interval)
    if chance.random() < (0.7 if frequency == "WEEKLY" else 0.4):
        parts["BYDAY"] = random_by_day(chance, frequency)
    if frequency != "WEEKLY" and chance.random() < 0.35:
        days = [*range(1, 32), 28, 29, 30, 31, *range(-31, 0), -1, -1]
        parts["BYMONTHDAY"] = some_of(chance, days, chance.choice([1, 2, 3, 10]))
    if chance.random() < 0.3:
        parts["BYMONTH"] = some_of(chance, [*range(1, 13), 2, 2], chance.choice([1, 2, 3, 6]))
    if "BYMONTH" in parts and frequency == "YEARLY" and "BYDAY" in parts:
        parts["BYDAY"] = random_by_day(chance, "MONTHLY")
    if chance.random() < 0.4:
        parts["WKST"] = chance.choice(oracle.WEEKDAYS)
    return ";".join(f"{part}={value}" for part, value in parts.items())


def random_by_day(chance: random.Random, frequency: str) -> str:
    numbers: list[int | str] = [""]
    if frequency in ("MONTHLY", "YEARLY") and chance.random() < 0.7:
        most = 5 if frequency == "MONTHLY" else 53
        numbers = [1, 2, most, -1, -most, chance.randint(1, most), -chance.randint(1, most)]
        if chance.random() < 0.3:
            numbers += ["", "", ""]
    days = [
        f"{chance.choice(numbers)}{chance.choice(oracle.WEEKDAYS)}"
        for _ in range(chance.choice([1, 1, 2, 3, 5]))
    ]
    return ",".join(dict.fromkeys(days))


def some_of(chance: random.Random, values: list[int], most: int) -> str:
    return ",".join(map(str, dict.fromkeys(chance.choices(values, k=chance.randint(1, most)))))


def differences(case: Case) -> Iterator[str]:
    """What the package answers otherwise than the oracle."""
    try:
        rule = parse_recurrence(case.rule)
    except InvalidRecurrence as error:
        if error.code != "recurrence_without_dates":
            yield f"refused: {error}"
        # Every kind of year comes within 28 years, and every second of them with INTERVAL=1.
        text = ";".join(part for part in case.rule.split(";") if part[:5] not in ("INTER", "UNTIL"))
        for day in oracle.dates(text, date(1, 1, 1), date(2001, 1, 1), date(2029, 1, 1)):
            yield f"refused, and has {day}"
        return
    yield from _differences_of_text(case, rule)
    expected = list(oracle.dates(case.rule, case.start, case.after, case.last))
    found = list(rule.dates(case.start, case.after, case.last))
    if found != expected:
        yield f"dates: {found}, not {expected}"
    # The next one, however far it is.
    following = list(islice(rule.dates(case.start, case.after, date.max), 1))
    if following != expected[:1] and (expected or following[0] <= case.last):
        yield f"next: {following}, not {expected[:1]}"


def _differences_of_text(case: Case, rule: Recurrence) -> Iterator[str]:
    if parse_recurrence(str(rule)) != rule:
        yield f"text: {rule}"
    if {part: set(value.split(",")) for part, value in oracle.parts_of(str(rule)).items()} != {
        part: set(value.split(","))
        for part, value in oracle.parts_of(case.rule).items()
        if (part, value) not in {("INTERVAL", "1"), ("WKST", "MO")}
    }:
        yield f"text: {rule}"


def dimensions(case: Case) -> Iterator[str]:
    """What a case has."""
    parts, start = oracle.parts_of(case.rule), case.start
    yield f"FREQ={parts['FREQ']}"
    interval = int(parts.get("INTERVAL", "1"))
    yield "INTERVAL=1" if interval == 1 else f"INTERVAL {'to 10' if interval <= 10 else 'above 10'}"
    by_parts = [part for part in parts if part.startswith("BY")]
    yield f"{'+'.join(by_parts) or 'no BY part'} with {parts['FREQ']}"
    yield next((part for part in ("COUNT", "UNTIL") if part in parts), "neither COUNT nor UNTIL")
    values = parts.get("BYDAY", "").split(",")
    has = {
        "WKST": "WKST" in parts,
        "WKST with INTERVAL and several of BYDAY": {"WKST", "INTERVAL"} <= parts.keys()
        and parts["FREQ"] == "WEEKLY"
        and len(values) > 1,
        "BYDAY with ordinals": len(max(values, key=len)) > 2,
        "BYDAY with and without ordinals": len({len(value) > 2 for value in values}) == 2,
        "BYMONTHDAY below 0": "-" in parts.get("BYMONTHDAY", ""),
        "start on 29 February": (start.month, start.day) == (2, 29),
        "start on day 29 to 31": start.day > 28,
        "start in years 1 to 30": start.year <= 30,
        "start in the last 31 years": start.year >= MAXYEAR - 30,
        "range from before the start": case.after < start,
        "range from ten years after the start": (case.after - start).days > 3_652,
        "range to the end of the calendar": case.last == date.max,
    }
    yield from (name for name, found in has.items() if found)
    try:
        rule = parse_recurrence(case.rule)
    except InvalidRecurrence:
        yield "refused, as there is no date"
    else:
        found = any(rule.dates(case.start, case.after, case.last))
        yield "range with dates" if found else "range without dates"


def compare(seed: int, number: int) -> Counter[str]:
    """Compare so many rules, and count what they had.

    Raises:
        AssertionError: a rule has other dates than by the oracle.
    """
    counts: Counter[str] = Counter()
    for one in range(number):
        chance = random.Random(f"{seed} {one}")  # noqa: S311 - a rule, no secret
        case = random_case(chance)
        wrong = list(differences(case))
        assert not wrong, f"rule {one} of seed {seed}: {case}\n" + "\n".join(wrong)
        counts.update(dimensions(case))
        counts["rules"] += 1
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
