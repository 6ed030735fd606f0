"""Random histories against the slow oracle.

`python -m tests.domain.random_histories 200000 --seed 16` runs so many.

Hypothesis looks for the smallest history that is wrong; this goes through very many, and says how
many of them had what.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from tests.domain.histories import (
    WINDOW,
    Case,
    begun_rules,
    clamp,
    entries_of,
    entry,
    recorded_days,
    rules_from,
    rules_of_first,
)
from tests.support import oracle
from tests.support.oracle import Amount, Change, History, Rules
from trackercore.domain.amount import amount_of
from trackercore.domain.day_write import AroundDay, decide
from trackercore.domain.frequency import FREQUENCIES, Counts, Direction
from trackercore.domain.habit_rules import Pause, merged_pauses
from trackercore.domain.report import completion, standing_on, statuses
from trackercore.domain.streak import cached_state, runs, streak_state

ANCHORS = [date(2024, 3, 4), date(2024, 2, 12), date(2020, 12, 20), date(2011, 12, 10)]
HALF = Decimal("0.5")


def random_case(chance: random.Random) -> Case:
    """A habit with any schedule and what was recorded, and a day to look back from."""
    anchor = chance.choice(ANCHORS)
    starts_on = clamp(anchor, chance.randint(-20, WINDOW))
    rules = rules_of_first(_change(chance, starts_on), pauses=_pauses(chance, anchor))
    if chance.random() < 0.5:
        days = sorted({clamp(anchor, chance.randint(-5, WINDOW)) for _ in range(3)})
        later = tuple(_change(chance, day) for day in days if day > starts_on)
        rules = replace(rules, changes=later[: chance.randint(0, 3)])
    if chance.random() < 0.2:
        missing = frozenset(clamp(anchor, chance.randint(0, WINDOW)) for _ in range(2))
        rules = replace(rules, nonexistent=missing)
    if chance.random() < 0.2:
        rules = replace(rules, archived_on=clamp(anchor, chance.randint(-5, WINDOW)))
    if chance.random() < 0.15:
        on = clamp(anchor, chance.randint(-20, WINDOW))
        rules = replace(rules, starting_streak=chance.randint(1, 6), starting_streak_on=on)
    skips = chance.choice([0.0, 0.0, 0.05, 0.3])
    density = chance.choice([0.1, 0.5, 0.9])
    amounts: list[Amount] = [rules.target, rules.target, rules.target, 0, 1, 3, HALF]
    history: dict[date, Amount | None] = {}
    for offset in range(chance.randint(0, WINDOW)):
        if chance.random() < density:
            amount = None if chance.random() < skips else chance.choice(amounts)
            history[clamp(anchor, offset)] = amount
    return Case(rules, history, clamp(anchor, chance.randint(-10, WINDOW + 15)))


def _change(chance: random.Random, day: date) -> Change:
    frequency = chance.choice(list(FREQUENCIES))
    direction: Direction = chance.choice(get_args(Direction))
    counts: Counts = chance.choice(get_args(Counts))
    target: Amount = chance.choice([1, 1, 2, 3, 5, 9])
    if counts == "amount" and chance.random() < 0.2:
        target += HALF
    if direction == "at_most" and chance.random() < 0.4:
        target = 0
    most = max(2, min(12, 60 // FREQUENCIES[frequency].unit.longest))
    weekdays = None
    if FREQUENCIES[frequency].has_weekdays:
        weekdays = frozenset(chance.sample(range(1, 8), chance.randint(1, 7)))
    return Change(
        day,
        frequency,
        target,
        weekdays,
        chance.choice([1, 1, chance.randint(1, most)]),
        chance.randint(1, 7),
        direction,
        counts,
        chance.choice([None, HALF, 2]) if counts == "days" else None,
        chance.choice([0, 0, 1, 2, 3]),
    )


def _pauses(chance: random.Random, anchor: date) -> tuple[tuple[date, date | None], ...]:
    pauses: list[Pause] = []
    for _ in range(chance.choice([0, 0, 1, 2, 3])):
        first = clamp(anchor, chance.randint(-10, WINDOW + 10))
        length = chance.choice([0, 1, 3, 6, 20, None])
        pauses.append(Pause(first, None if length is None else clamp(first, length)))
    return tuple((pause.starts_on, pause.ends_on) for pause in merged_pauses(pauses))


def differences(case: Case, chance: random.Random) -> Iterator[str]:
    """What the package answers otherwise than the oracle."""
    rules, history, day = case
    habit_rules, recorded = rules_from(rules), recorded_days(history)
    expected = tuple(oracle.standing(rules, history, day).__dict__.values())
    if (found := tuple(streak_state(habit_rules, recorded, day).on(day, habit_rules))) != expected:
        yield f"streak: {found}, not {expected}"
    # The cache, as it is stored on the day, and read then or later: without the history. After a
    # move west up to three of the recorded days may lie ahead.
    ahead = sorted(on for on in history if on > day)
    most = 3 if (rules.starting_streak_on or day) <= day else 2
    known = {on: amount for on, amount in history.items() if on <= day}
    known |= {on: history[on] for on in ahead[: chance.randint(0, most)]}
    state = cached_state(habit_rules, recorded_days(known), day)
    for later in (0, 1, chance.randint(2, 40)):
        seen_on = clamp(day, later)
        standing = oracle.standing(rules, known, seen_on)
        found_later = state.on(seen_on, habit_rules)
        if (found_later.current, found_later.longest) != (standing.current, standing.longest):
            yield f"cached, seen from {seen_on}: {found_later}, not {standing}"
    yield from _differences_of_write(rules, known, day, chance)
    yield from _differences_of_reports(case, chance)


def _differences_of_write(
    rules: Rules, history: History, day: date, chance: random.Random
) -> Iterator[str]:
    """What a write of a day decides is what the whole history says."""
    habit_rules = rules_from(rules)
    on = clamp(day, -chance.choice([0, 0, 1, chance.randint(2, 40)]))
    amount: Amount | None = chance.choice([None, 0, 1, rules.target, 9])
    after = {other: value for other, value in history.items() if other != on}
    new = None
    if chance.random() < 0.8:
        after[on] = amount
        new = entry(on, amount)
    before = replace(streak_state(habit_rules, recorded_days(history)), since=None)
    around = AroundDay(habit_rules, before, entries_of(history), max(history, default=None))
    decision = decide(around, on, new)
    if decision != "whole history":
        whole = replace(streak_state(habit_rules, recorded_days(after)), since=None)
        if replace(decision, since=None) != whole:
            yield f"write of {amount} on {on}: {decision}, not {whole}"


def _differences_of_reports(case: Case, chance: random.Random) -> Iterator[str]:
    rules, history, day = case
    habit_rules, recorded = rules_from(rules), recorded_days(history)
    best = [(run.length, run.start, min(run.end, day)) for run in runs(habit_rules, recorded, day)]
    best.sort(key=lambda run: (run[0], run[2]), reverse=True)
    if best != oracle.best_runs(rules, history, day):
        yield f"best runs: {best}"
    first = clamp(day, -chance.randint(0, 50))
    last = clamp(first, chance.randint(0, 70))
    known = {on: amount for on, amount in history.items() if on <= day}
    begun, entries = begun_rules(rules, history, day), entries_of(known)
    rate = completion(begun, entries, first, last, day)
    if tuple(rate) != oracle.completion(rules, history, first, last, day):
        yield f"completion from {first} to {last}: {rate}"
    shown = [
        (each.day, each.status, _amount(each.amount), _amount(each.target), each.met)
        for each in statuses(begun, entries_of(history), first, last, day)
    ]
    expected = [
        (on, *oracle.calendar_day(rules, history, on, day))
        for on in oracle.days_between(first, last)
    ]
    if shown != expected:
        yield f"calendar from {first} to {last}: {shown}, not {expected}"
    seen = oracle.period_seen(rules, history, day)
    standing = None
    if oracle.first_day(rules, known) <= day:
        standing = standing_on(begun_rules(rules, known, day), day, entries)
    found = standing and (
        standing.status,
        _amount(standing.progress),
        _amount(standing.period.target),
        standing.days_left,
    )
    wanted = seen and (seen.status, seen.progress, seen.target, seen.days_left)
    if found != wanted:
        yield f"standing: {found}, not {wanted}"


def _amount(thousandths: int | None) -> Decimal | None:
    return None if thousandths is None else amount_of(thousandths)


def dimensions(case: Case) -> Iterator[str]:
    """What a history has."""
    rules, history, day = case
    first = rules.schedules[0]
    yield f"direction {first.direction}"
    yield f"frequency {first.frequency}"
    yield "every 1" if first.every == 1 else "every more"
    yield f"counts {first.counts}"
    yield f"allowed_misses {first.allowed_misses}"
    yield f"pauses {len(rules.pauses)}"
    yield f"changes {len(rules.changes)}"
    has: dict[str, Any] = {
        "target 0": first.target == 0,
        "decimals": first.target % 1 != 0,
        "both directions": len({change.direction for change in rules.schedules}) > 1,
        "skips": None in history.values(),
        "amounts of 0": any(amount == 0 for amount in history.values() if amount is not None),
        "recorded days ahead of the day": any(on > day for on in history),
        "nonexistent dates": rules.nonexistent,
        "archived": rules.archived_on,
        "a starting streak": rules.starting_streak,
    }
    yield from (name for name, found in has.items() if found)


def compare(seed: int, count: int) -> Counter[str]:
    """Compare so many histories, and count what they had.

    Raises:
        AssertionError: a history is judged otherwise than by the oracle.
    """
    counts: Counter[str] = Counter()
    for number in range(count):
        chance = random.Random(f"{seed} {number}")  # noqa: S311 - a history, no secret
        case = random_case(chance)
        wrong = list(differences(case, chance))
        assert not wrong, f"history {number} of seed {seed}: {case}\n" + "\n".join(wrong)
        counts.update(dimensions(case))
        counts["histories"] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    for name, number in sorted(compare(options.seed, options.count).items()):
        print(f"{number:>9,}  {name}")  # noqa: T201


if __name__ == "__main__":
    main()
