"""The stored pauses of a habit, and those of a user, which pause all their habits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.habit_rules import Pause, merged_pauses, resumed
from trackercore.errors import PauseEndsBeforeStart
from trackercore.models import HabitPause, UserPause
from trackercore.services._shared.owned_rows import remove, table

PauseT = TypeVar("PauseT", HabitPause, UserPause)

Change = Callable[[Sequence[Pause]], tuple[Pause, ...]]
"""What makes other pauses of the ones there are."""


def new_pause(first: date, last: date | None, reason: str | None) -> Pause:
    """A pause.

    Raises:
        PauseEndsBeforeStart: it would end before it starts.
    """
    if last is not None and last < first:
        raise PauseEndsBeforeStart(first, last)
    return Pause(first, last, reason)


def with_pause(pause: Pause) -> Change:
    """One more; pauses that overlap or touch become one, with all reasons."""
    return lambda pauses: merged_pauses([*pauses, pause])


def until(day: date) -> Change:
    """The pause that the day lies in has ended the day before."""
    return lambda pauses: resumed(pauses, day)


def pauses_of(session: Session, model: type[PauseT], **owner: int) -> list[PauseT]:
    """The pauses, past, present and future, in order, as they are now.

    Args:
        session: the caller's.
        model: whose pauses.
        owner: the key of the user, or of the habit.
    """
    query = (
        select(model)
        .filter_by(**owner)
        .order_by(table(model).c.starts_on)
        .execution_options(populate_existing=True)
    )
    session.flush()
    return Rows(session.scalars(query))


def change_pauses(session: Session, model: type[PauseT], change: Change, **owner: int) -> bool:
    """Change the stored pauses; whether that makes a difference."""
    rows = pauses_of(session, model, **owner)
    before = tuple(Pause(row.starts_on, row.ends_on, row.reason) for row in rows)
    after = change(before)
    if after == before:
        return False
    new = {pause.starts_on: pause for pause in after}
    old: list[PauseT] = []
    for row in rows:
        pause = new.pop(row.starts_on, None)
        if pause is None:
            old.append(row)
        else:
            row.ends_on, row.reason = pause.ends_on, pause.reason
    for pause in new.values():
        values: dict[str, Any] = {**owner, **pause._asdict()}
        session.add(model(**values))
    remove(session, *old)
    return True
