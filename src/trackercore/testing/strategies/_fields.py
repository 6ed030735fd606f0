"""Strategies for single values."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT, is_time_zone
from trackercore.domain.extra import MAX_INT
from trackercore.schemas.fields import Patch

PatchT = TypeVar("PatchT", bound=Patch)
Fields = dict[str, SearchStrategy[object]]

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_LOCAL = f"{_LETTERS}ABCXYZ!#$%&'*+-/=?^_`{{|}}~éßøñжя漢字"

# Neither control characters, nor surrogates, nor line breaks.
_in_names = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_visible = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"])
_in_texts = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def names(max_size: int = 100) -> SearchStrategy[str]:
    """Names: any characters except control characters and line breaks, one of them visible.

    Args:
        max_size: 100 for categories and habits, 200 for topics, 255 for the titles of tasks.
    """
    around = st.text(_in_names, max_size=(max_size - 1) // 2)
    return st.builds("{}{}{}".format, around, _visible, around).map(str.strip)


def texts() -> SearchStrategy[str]:
    """Text of any length, also with line breaks, also empty."""
    return st.text(_in_texts)


def external_ids() -> SearchStrategy[str]:
    """Keys in another system, of 1 to 255 characters."""
    around = st.text(_in_names, max_size=127)
    return st.builds("{}{}{}".format, around, _visible, around)


def extras() -> SearchStrategy[dict[str, object]]:
    """JSON objects of the host's: text, numbers, lists and objects, or nothing."""
    numbers = st.integers(-MAX_INT - 1, MAX_INT) | st.floats(allow_nan=False, allow_infinity=False)
    short = st.text(_in_texts, max_size=30)
    single: SearchStrategy[object] = st.none() | st.booleans() | numbers | short

    def nested(inner: SearchStrategy[object]) -> SearchStrategy[object]:
        items: SearchStrategy[object] = st.lists(inner, max_size=3)
        return items | st.dictionaries(short, inner, max_size=3)

    return st.dictionaries(short, st.recursive(single, nested, max_leaves=5), max_size=4)


def emails() -> SearchStrategy[str]:
    """Addresses in any letter case, also with characters outside ASCII."""
    atoms = st.text(_LOCAL, min_size=1, max_size=20)
    local = st.lists(atoms, min_size=1, max_size=3).map(".".join)
    labels = st.text(_LETTERS, min_size=1, max_size=40)
    domains = st.lists(labels, min_size=1, max_size=3).map(".".join)
    tops = st.sampled_from(["com", "ORG", "de", "museum"])
    return st.builds("{}@{}.{}".format, local, domains, tops)


def time_zones() -> SearchStrategy[str]:
    """Names of all IANA time zones."""
    return st.timezone_keys(allow_prefix=False).filter(is_time_zone)


def days(first: date = date.min, last: date = date.max) -> SearchStrategy[date]:
    """Dates, by default from `date.min` to `date.max`."""
    return st.dates(first, last)


def instants(
    first: datetime = FIRST_INSTANT, last: datetime = LAST_INSTANT - timedelta.resolution
) -> SearchStrategy[datetime]:
    """Aware datetimes in UTC and in other zones, from `first` to `last`."""
    bounds = [bound.astimezone(UTC).replace(tzinfo=None) for bound in (first, last)]
    in_utc = st.datetimes(*bounds, timezones=st.just(UTC))
    return in_utc | st.builds(datetime.astimezone, in_utc, time_zones().map(ZoneInfo))


def patches(model: type[PatchT], fields: Fields) -> SearchStrategy[PatchT]:
    """Updates of any of these fields, or of none."""
    return st.fixed_dictionaries({}, optional=fields).map(model.model_validate)


def tags(tag_ids: SearchStrategy[int] | None = None) -> SearchStrategy[list[int | str]]:
    """Tags of a task, a habit or a study session: names, and ids if there is a strategy for them.

    Most rows have none or few.
    """
    name: SearchStrategy[int | str] = st.sampled_from(["home", "Home", "garden"]) | names(100)
    return st.lists(name if tag_ids is None else name | tag_ids, max_size=4)


def optional(ids: SearchStrategy[int] | None) -> SearchStrategy[int | None]:
    """None, or one of these ids."""
    return st.none() if ids is None else st.none() | ids
