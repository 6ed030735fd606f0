"""Strategies for tasks, and for the rules of those that repeat."""

from collections import ChainMap
from datetime import date, datetime
from typing import cast, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.recurrence import RepeatsFrom, check_until, parse_recurrence
from trackercore.domain.recurrence_days import RecurrenceFrequency
from trackercore.domain.recurrence_parts import (
    MAX_COUNT,
    MAX_INTERVAL,
    WEEKDAY_CODES,
    InvalidRecurrence,
)
from trackercore.schemas import TaskCreate, TaskUpdate
from trackercore.schemas.fields import MAX_ESTIMATE
from trackercore.testing.strategies._fields import (
    Fields,
    days,
    external_ids,
    extras,
    instants,
    names,
    optional,
    tags,
    texts,
)

_Values = dict[str, object]
_Parts = dict[str, SearchStrategy[str]]

_nothing: SearchStrategy[_Values] = st.builds(dict[str, object])


def recurrences(repeats_from: RepeatsFrom = "due") -> SearchStrategy[str]:
    """Rules of RFC 5545 for tasks, with their parts in any order; each has a date.

    Args:
        repeats_from: "completion" for rules that go with it, too.
    """
    frequencies: SearchStrategy[RecurrenceFrequency] = st.sampled_from(
        get_args(RecurrenceFrequency)
    )
    return frequencies.flatmap(lambda frequency: _rules(frequency, repeats_from)).filter(_has_dates)


def task_creates(
    category_ids: SearchStrategy[int] | None = None,
    *,
    parent_ids: SearchStrategy[int] | None = None,
    tag_ids: SearchStrategy[int] | None = None,
) -> SearchStrategy[TaskCreate]:
    """New tasks: due on a day, at an instant or never; open, or completed with or without a time.

    Some repeat, and with `parent_ids`, some are subtasks.

    Args:
        category_ids: without it, no task has a category.
        parent_ids: without it, no task is a subtask.
        tag_ids: without it, tags are given by their names.
    """
    completed = st.fixed_dictionaries(
        {"completed": st.just(True)}, optional={"completed_at": st.none() | instants()}
    )
    single = st.builds(_both, _due(), _nothing | completed)
    subtask = st.builds(_both, single, st.fixed_dictionaries({"parent_id": optional(parent_ids)}))
    repeating = _repeating()
    fields = {"title": names(255)}
    more = _task_fields(category_ids, tag_ids) | {"created_at": st.none() | instants()}
    return st.builds(
        _both,
        st.fixed_dictionaries(fields, optional=more),
        single | repeating if parent_ids is None else subtask | repeating,
    ).map(TaskCreate.model_validate)


def task_updates(
    category_ids: SearchStrategy[int] | None = None,
    *,
    parent_ids: SearchStrategy[int] | None = None,
    tag_ids: SearchStrategy[int] | None = None,
    repeats: bool = False,
) -> SearchStrategy[TaskUpdate]:
    """Changes of a task.

    Args:
        category_ids: without it, a category is only removed.
        parent_ids: for a task without subtasks that does not repeat; it becomes a subtask, or is
            none any more. Without it, the task is no subtask, and may be made to repeat.
        tag_ids: without it, tags are given by their names.
        repeats: for a task that repeats: it stays due, and may get another rule, or none, or move
            with all its future occurrences.
    """
    fields = _task_fields(category_ids, tag_ids) | {"title": names(255), "completed": st.booleans()}
    if parent_ids is not None:
        fields |= {"parent_id": optional(parent_ids)}
        special = _due(cleared=True)
    elif repeats:
        no_rule: SearchStrategy[_Values] = st.just({"recurrence": None})
        same_rule = st.fixed_dictionaries({}, optional={"this_and_future": st.booleans()})
        special = st.builds(_both, _due(), same_rule | no_rule) | _recurrence() | _repeating()
    else:
        special = _due(cleared=True) | _repeating()
    changes = st.builds(_both, st.fixed_dictionaries({}, optional=fields), special)
    return changes.map(TaskUpdate.model_validate)


def _rules(frequency: RecurrenceFrequency, repeats_from: RepeatsFrom) -> SearchStrategy[str]:
    parts = _parts(frequency, repeats_from)
    ends: list[_Parts] = [
        {},
        {"COUNT": _one_to(10) | _one_to(MAX_COUNT)},
        {"UNTIL": days().map(lambda day: day.isoformat().replace("-", ""))},
    ]
    required = {"FREQ": st.just(frequency.upper())}
    rules = st.one_of([st.fixed_dictionaries(required | end, optional=parts) for end in ends])
    in_any_order = rules.flatmap(lambda rule: st.permutations([*rule.items()]))
    return in_any_order.map(lambda pairs: ";".join(map("=".join, pairs)))


def _one_to(most: int) -> SearchStrategy[str]:
    return st.integers(1, most).map(str)


def _parts(frequency: RecurrenceFrequency, repeats_from: RepeatsFrom) -> _Parts:
    """The parts that go with a FREQ, except those that end a rule."""
    parts: _Parts = {"INTERVAL": _one_to(4) | _one_to(MAX_INTERVAL)}
    if repeats_from == "completion":
        return parts
    weekdays = st.sampled_from(WEEKDAY_CODES)
    parts |= {"WKST": weekdays, "BYMONTH": _some(st.integers(1, 12).map(str))}
    if frequency != "weekly":
        parts["BYMONTHDAY"] = _some(_from_either_end(31))
    if frequency in ("daily", "weekly"):
        return parts | {"BYDAY": _some(weekdays)}
    with_ordinal = st.builds("{}{}".format, _from_either_end(5), weekdays)
    return parts | {"BYDAY": _some(weekdays | with_ordinal)}


def _from_either_end(most: int) -> SearchStrategy[str]:
    return st.integers(1, most).flatmap(lambda number: st.sampled_from([f"{number}", f"-{number}"]))


def _some(values: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(",".join)


def _has_dates(rule: str) -> bool:
    try:
        parse_recurrence(rule)
    except InvalidRecurrence:
        return False
    return True


def _repeating() -> SearchStrategy[_Values]:
    """A due date or time, and a rule that starts there."""
    return st.builds(_both, _due(always=True), _recurrence()).filter(_ends_after_due)


def _ends_after_due(fields: _Values) -> bool:
    due_date = cast("date | None", fields.get("due_date"))
    due_at = cast("datetime | None", fields.get("due_at"))
    try:
        check_until(parse_recurrence(str(fields["recurrence"])), due_date, due_at)
    except InvalidRecurrence:
        return False
    return True


def _recurrence() -> SearchStrategy[_Values]:
    """A rule, and what it goes with."""
    kinds: SearchStrategy[RepeatsFrom] = st.sampled_from(get_args(RepeatsFrom))
    return kinds.flatmap(
        lambda repeats_from: st.fixed_dictionaries(
            {"recurrence": recurrences(repeats_from), "repeats_from": st.just(repeats_from)}
        )
    )


def _task_fields(
    category_ids: SearchStrategy[int] | None, tag_ids: SearchStrategy[int] | None
) -> Fields:
    return {
        "description": st.none() | texts(),
        "category_id": optional(category_ids),
        "priority": st.none() | st.integers(1, 9),
        "estimate_minutes": st.none() | st.integers(1, MAX_ESTIMATE),
        "tags": tags(tag_ids),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }


def _due(*, always: bool = False, cleared: bool = False) -> SearchStrategy[_Values]:
    """A due date or time with a start before it, or nothing, or a None that takes a due away."""
    on_a_day: SearchStrategy[object] = days()
    at_an_instant: SearchStrategy[object] = instants()
    if cleared:
        on_a_day, at_an_instant = st.none() | on_a_day, st.none() | at_an_instant
    fields: list[Fields] = [{"due_date": on_a_day}, {"due_at": at_an_instant}]
    due = st.one_of([st.fixed_dictionaries(field) for field in fields])
    with_start = st.builds(_with_start, due, st.none() | st.integers(2, 400))
    return with_start if always else _nothing | with_start


def _with_start(due: _Values, days_before: int | None) -> _Values:
    """The due and a day so long before it that it is earlier in every zone."""
    (value,) = due.values()
    if days_before is None or not isinstance(value, date):
        return {**due, "starts_on": None}
    return {**due, "starts_on": date.fromordinal(max(value.toordinal() - days_before, 1))}


def _both(*parts: _Values) -> _Values:
    return dict(ChainMap(*parts))
