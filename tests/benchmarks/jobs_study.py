"""Jobs about study time: weekly totals in a small table and in a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.benchmarks import seeds
from tests.benchmarks.harness import FLOOR, OTHERS, OURS, Entry, Goal, Job
from tests.benchmarks.others import left_out
from tests.benchmarks.scale import DAY, TODAY, OpenSite, Scale
from tests.benchmarks.site import Site
from tests.benchmarks.watson_ import Watson

_EACH = 1_000
_FIRST = TODAY - 364 * DAY


def weeks(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """A year of one user's, 1,000 rows of the table."""
    few, many = scale.tables
    with open_site() as small, open_site() as large:
        _seed(small, few)
        _seed(large, many)
        owners = range(1, min(scale.calls, few // _EACH) + 1)

        def each(call: Callable[..., object]) -> Callable[[], object]:
            return lambda: [call(user, _FIRST, TODAY) for user in owners]

        entries = [
            Entry(FLOOR, each(large.floor.weeks), large.floor.counted),
            *large.entries(lambda ours: each(ours.weeks)),
            Entry(f"{OURS}, {few:,} rows", each(small.ours.weeks), small.count),
            *(Entry(n, each(plain.weeks), large.count) for n, plain in large.plain.items()),
        ]
        if "Watson" not in left_out():
            entries.append(Entry("Watson", each(_watson(large).weeks)))
        yield Job(
            f"weekly totals of one user, 1,000 rows of {many:,}",
            entries,
            [Goal(1.3), Goal(1 / 3, OTHERS), Goal(1.1, f"{OURS}, {few:,} rows")],
            max(3, scale.rounds // 2),
            len(owners),
        )


def _seed(site: Site, rows: int) -> None:
    seeds.users(site.floor, rows // _EACH)
    seeds.study(site.floor, rows // _EACH, _EACH, _FIRST)
    site.floor.settle()


def _watson(site: Site) -> Watson:
    watson = Watson(site.folder)
    rows = ((1, _FIRST + n % 365 * DAY, 25 + n % 50, None) for n in range(_EACH))
    watson.load_sessions(1, rows)
    return watson
