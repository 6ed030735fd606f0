"""Checking the recurrence of a task that is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from trackercore.domain.recurrence import check_repeats_from, check_until, parse_recurrence
from trackercore.domain.recurrence_parts import InvalidRecurrence
from trackercore.domain.repeating import Start, rule_from
from trackercore.errors import RepeatingTaskNotDue, TaskDoesNotRepeat
from trackercore.models import Task
from trackercore.schemas.argument import wrong_argument
from trackercore.services.tasks._records import standing

_DUE = ("due_date", "due_at")
_RULE = ("recurrence", "repeats_from")


def checked_recurrence(
    session: Session, task: Task, changes: Mapping[str, object], *, starts_again: bool
) -> dict[str, object]:
    """The recurrence among the changes of a task; the columns that follow from it are derived.

    The same rule is no change, also if it says UNTIL as a date and time.

    Args:
        session: the caller's.
        task: is locked.
        changes: the other columns that change.
        starts_again: whether the rule, also if it is the same one, starts from the due after them.

    Raises:
        RepeatingTaskNotDue: the task would repeat, and not be due.
        TaskDoesNotRepeat: `repeats_from` is given, and there is no recurrence.
        ValidationError: the rule does not go with what it repeats from, or is another one and ends
            before the due date or time that is given with it.
    """
    given: dict[str, Any] = {name: changes[name] for name in _RULE if name in changes}
    if not given and not starts_again and not changes.keys() & _DUE:
        return {}
    after: dict[str, Any] = {name: getattr(task, name) for name in (*_DUE, *_RULE)} | {**changes}
    rule: str | None = after["recurrence"]
    if rule is None:
        if given.get("repeats_from") is not None:
            raise TaskDoesNotRepeat(task.id)
        return given
    dues = {name: after[name] for name in _DUE}
    if not any(dues.values()):
        raise RepeatingTaskNotDue(next(name for name in (*_DUE, *_RULE) if name in changes))
    is_same = "recurrence" not in given or _is_same(session, task, rule)
    try:
        check_repeats_from(parse_recurrence(rule), after["repeats_from"] or "due")
        if not is_same:
            due_date, due_at = (due if name in changes else None for name, due in dues.items())
            check_until(parse_recurrence(rule), due_date, due_at)
    except InvalidRecurrence as error:
        kind, text = _literal(error.code), _literal(str(error))
        field = next(iter(given))
        raise wrong_argument(
            field, given[field], PydanticCustomError(kind, text, {**error.facts})
        ) from None
    if is_same:
        given["recurrence"] = task.recurrence
    if starts_again:
        given["recurrence_start"] = None  # derived from when it is due
    return given


def _literal(text: str) -> Any:  # which pydantic wants
    return text


def _is_same(session: Session, task: Task, rule: str) -> bool:
    if task.recurrence is None or parse_recurrence(rule).until_at is None:
        return rule == task.recurrence
    assert task.recurrence_start is not None  # noqa: S101 - as it repeats
    start = Start(task.recurrence_start, task.recurrence_time)
    time_zone = standing(session, task).settings.time_zone
    return str(rule_from(rule, start, time_zone)) == task.recurrence
