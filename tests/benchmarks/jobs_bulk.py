"""Jobs about very many rows at once: imports, and rebuilding all streaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TypeVar

from tests.benchmarks import seeds
from tests.benchmarks.floor import CHECK_IN_COLUMNS, SESSION_COLUMNS
from tests.benchmarks.harness import FLOOR, OTHERS, OURS, Entry, Goal, Job
from tests.benchmarks.others import left_out
from tests.benchmarks.scale import DAY, NOON, TODAY, OpenSite, Scale
from tests.benchmarks.site import Site
from tests.benchmarks.watson_ import Watson

RowT = TypeVar("RowT")

_DAYS = 330
_FIRST = TODAY - _DAYS * DAY
_GOALS = [Goal(2), Goal(1 / 5, OTHERS)]
_BREAK = """
UPDATE habits SET streak = 0, longest_streak = 0, streak_alive_through = NULL WHERE id % 100 = 0
"""
_STREAKS = """
SELECT count(*), sum(streak), sum(longest_streak), max(streak_alive_through) FROM habits
"""


def load_sessions(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """Study sessions with a key of their own each."""
    once = scale.others_once
    with open_site() as site:
        floor = site.floor
        seeds.users(floor, 1)
        begin = date(2020, 1, 1)
        days = [begin + n * DAY for n in range(1500)]
        texts = list(map(str, days))
        now = floor.instant(NOON)

        def rows() -> Iterator[tuple[int, date, int, str]]:
            return ((1, days[n % 1500], n % 90 + 1, f"s{n}") for n in range(scale.loaded))

        def written() -> Iterator[tuple[object, ...]]:
            return (
                (1, 1, texts[n % 1500], 60 * (n % 90 + 1), None, f"s{n}", now, now)
                for n in range(scale.loaded)
            )

        entries = [
            Entry(FLOOR, lambda: floor.load("sessions", SESSION_COLUMNS, written())),
            Entry(OURS, lambda: site.ours.load_sessions(1, rows()), site.count),
            *(
                Entry(n, partial(_load, plain.load_sessions, rows), site.count, once)
                for n, plain in site.plain.items()
            ),
        ]
        if "Watson" not in left_out():

            def watson() -> None:
                Watson(site.folder).load_sessions(1, rows())

            entries.append(Entry("Watson", watson, once=once))
        yield Job(
            f"bulk load of {scale.loaded:,} study sessions",
            entries,
            _GOALS,
            scale.long_rounds,
            reset=lambda: floor.empty("sessions"),
        )


def load_check_ins(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """Check-ins of many habits, and their streaks."""
    once = scale.others_once
    with open_site() as site:
        floor = site.floor
        number = scale.loaded // _DAYS
        seeds.users(floor, 1)
        seeds.habits(floor, number, _FIRST)
        days = [_FIRST + n * DAY for n in range(_DAYS) if n % 11 != 10]
        texts = list(map(str, days))
        now = floor.instant(NOON)

        def load() -> None:
            rows = (
                (1, id_, day, "done", 1000, now) for id_ in range(1, number + 1) for day in texts
            )
            floor.load("check_ins", CHECK_IN_COLUMNS, rows)
            floor.rebuild()

        def empty() -> None:
            floor.empty("check_ins")
            floor.write(_BREAK.partition("WHERE")[0])

        def rows() -> Iterator[tuple[int, list[date]]]:
            return ((habit, days) for habit in range(1, number + 1))

        yield Job(
            f"bulk load of {len(days) * number:,} check-ins",
            [
                Entry(FLOOR, load),
                Entry(OURS, lambda: site.ours.load_check_ins(1, rows()), site.count),
                *(
                    Entry(n, partial(_load, plain.load_check_ins, rows), site.count, once)
                    for n, plain in site.plain.items()
                ),
            ],
            _GOALS,
            scale.long_rounds,
            reset=empty,
            state=lambda: floor.rows(_STREAKS, {}),
        )


def rebuild(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """All streaks, of which every hundredth is wrong; of a tenth of the habits, and of all."""
    for number in (max(scale.rebuilt // 10, 1), scale.rebuilt):
        with open_site() as site:
            yield _rebuild(site, number, scale)


def _rebuild(site: Site, number: int, scale: Scale) -> Job:
    floor = site.floor
    owners = max(number // 100, 1)
    seeds.users(floor, owners)
    seeds.habits(floor, number, _FIRST, owners=owners)
    days = (_DAYS + 33, _FIRST - 33 * DAY)
    seeds.check_ins(floor, number, *days, gap=11, owners=owners)
    floor.settle()

    def spoil() -> None:
        floor.write(_BREAK)

    spoil()
    return Job(
        f"rebuild_streaks of {number:,} habits, {number * _DAYS:,} check-ins",
        [
            Entry(FLOOR, floor.rebuild, floor.counted),
            Entry(OURS, site.ours.rebuild, site.count),
            *(
                Entry(n, plain.rebuild, site.count, scale.others_once)
                for n, plain in site.plain.items()
            ),
        ],
        [Goal(3), Goal(1 / 5, OTHERS)],
        scale.long_rounds,
        reset=spoil,
        state=lambda: floor.rows(_STREAKS, {}),
    )


def _load(load: Callable[[int, Iterator[RowT]], None], rows: Callable[[], Iterator[RowT]]) -> None:
    load(1, rows())
