"""Jobs about habits: check-ins, backfill, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.benchmarks import seeds
from tests.benchmarks.floor_postgresql import PostgresqlFloor
from tests.benchmarks.harness import FLOOR, OTHERS, OURS, Entry, Goal, Job
from tests.benchmarks.scale import DAY, NOON, TEN_YEARS, TODAY, OpenSite, Scale
from tests.benchmarks.site import Site

_HOLE = TODAY - 1800 * DAY
_SAVE = """
CREATE TABLE saved AS SELECT id, streak, longest_streak, streak_alive_through FROM habits
"""
_RESTORE = """
UPDATE habits SET streak = saved.streak, longest_streak = saved.longest_streak,
                  streak_alive_through = saved.streak_alive_through
FROM saved WHERE saved.id = habits.id AND habits.id <= :calls
"""
_STATE = "SELECT id, streak, longest_streak, streak_alive_through FROM habits ORDER BY id"


def check_in(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """A check-in of today, one transaction, for habits with 30 days of history."""
    with open_site() as site:
        ids = range(1, scale.calls + 1)
        _seed(site, scale.calls, 30, gap=31)

        def each(call: Callable[..., object]) -> Callable[[], object]:
            return lambda: [call(1, habit, NOON) for habit in ids]

        entries = [Entry(FLOOR, each(site.floor.check_in), site.floor.counted)]
        if isinstance(site.floor, PostgresqlFloor):
            three = each(site.floor.check_in_in_three)
            entries.append(Entry(f"{FLOOR}, three statements", three, site.floor.counted))
        entries += site.entries(lambda ours: each(ours.check_in))
        entries += [Entry(n, each(plain.check_in), site.count) for n, plain in site.plain.items()]
        at_most = {"sqlite": 6, "postgresql": 2}[site.backend]
        yield Job(
            "check_in of today",
            entries,
            [Goal(at_most), Goal(1 / 2, OTHERS)],
            scale.rounds,
            scale.calls,
            _undo(site, scale.calls, str(TODAY)),
            lambda: site.floor.rows(_STATE, {}),
        )


def long_history(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """The same for habits without history and with ten years of it."""
    with open_site() as site:
        calls = scale.calls // 2
        seeds.users(site.floor, 1)
        seeds.habits(site.floor, 2 * calls, TODAY - TEN_YEARS * DAY)
        first = TODAY - TEN_YEARS * DAY
        seeds.check_ins(site.floor, calls, TEN_YEARS, first)
        _settle(site)

        def each(ids: Sequence[int]) -> Callable[[], object]:
            return lambda: [site.ours.check_in(1, habit, NOON) for habit in ids]

        empty = f"{OURS}, empty habit"
        yield Job(
            "check_in with 10 years of history",
            [
                Entry(empty, each(range(calls + 1, 2 * calls + 1)), site.count),
                Entry(OURS, each(range(1, calls + 1)), site.count),
            ],
            [Goal(1.1, empty)],
            scale.rounds,
            calls,
            _undo(site, 2 * calls, str(TODAY)),
            alike=False,
        )


def backfill(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """One day into ten years, which joins two runs."""
    with open_site() as site:
        calls = scale.calls // 2
        _seed(site, calls, TEN_YEARS, hole=True)

        def each(call: Callable[..., object]) -> Callable[[], object]:
            return lambda: [call(1, habit, _HOLE, NOON) for habit in range(1, calls + 1)]

        plain = [Entry(n, each(those.check_in_on), site.count) for n, those in site.plain.items()]
        yield Job(
            "backfill of one day into 10 years",
            [
                Entry(FLOOR, each(site.floor.check_in_on), site.floor.counted),
                *site.entries(lambda ours: each(ours.check_in_on)),
                *plain,
            ],
            [Goal(3), Goal(1 / 3, OTHERS)],
            max(3, scale.rounds // 3),
            calls,
            _undo(site, calls, str(_HOLE)),
            lambda: site.floor.rows(_STATE, {}),
        )


def listing(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """200 habits with their current streaks."""
    with open_site() as site:
        _seed(site, scale.listed, 30, gap=23)
        objects = f"{OURS}, habits.find"
        plain = [
            Entry(n, partial(those.streaks, 1, NOON), site.count) for n, those in site.plain.items()
        ]
        yield Job(
            f"list {scale.listed} habits with current streaks",
            [
                Entry(FLOOR, lambda: site.floor.streaks(1, NOON), site.floor.counted),
                *site.entries(lambda ours: lambda: ours.streaks(1, NOON)),
                Entry(objects, lambda: site.ours.streaks_of_objects(1, NOON), site.count),
                *plain,
            ],
            [Goal(2), Goal(1 / 10, OTHERS), Goal(2, FLOOR, objects)],
            max(3, scale.rounds // 2),
        )


def overview(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """The screen of a user with 20 habits, 300 tasks and 1,000 study sessions."""
    with open_site() as site:
        _seed(site, 20, 100, gap=23)
        seeds.tasks(site.floor, 300, TODAY - 200 * DAY)
        seeds.study(site.floor, 1, 1_000, TODAY - 364 * DAY)
        seeds.goal(site.floor, 60)
        _settle(site)
        plain = [
            Entry(n, partial(those.overview, 1, NOON), site.count)
            for n, those in site.plain.items()
        ]
        yield Job(
            "overview screen",
            [
                Entry(FLOOR, lambda: site.floor.overview(1, NOON), site.floor.counted),
                *site.entries(lambda ours: lambda: ours.screen(1, NOON)),
                *plain,
            ],
            [Goal(2), Goal(1 / 5, OTHERS, statements=True)],
            max(3, scale.rounds // 2),
        )


def _seed(
    site: Site, habits: int, days: int, *, gap: int | None = None, hole: bool = False
) -> None:
    first = TODAY - days * DAY
    seeds.users(site.floor, 1)
    seeds.habits(site.floor, habits, first)
    seeds.check_ins(site.floor, habits, days, first, gap=gap)
    if hole:
        site.floor.write("DELETE FROM check_ins WHERE day = :day", {"day": str(_HOLE)})
        site.floor.rebuild()
    _settle(site)


def _settle(site: Site) -> None:
    site.floor.write("DROP TABLE IF EXISTS saved")
    site.floor.write(_SAVE)
    site.floor.settle()


def _undo(site: Site, calls: int, day: str) -> Callable[[], None]:
    def undo() -> None:
        with site.floor.transaction():
            site.floor.write("DELETE FROM check_ins WHERE day = :day", {"day": day})
            site.floor.write(_RESTORE, {"calls": calls})

    return undo
