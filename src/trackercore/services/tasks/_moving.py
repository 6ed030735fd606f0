"""Moving tasks in their owner's order."""

from sqlalchemy.orm import Session

from trackercore.models import Task, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.positions import Place, move_next_to
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services.tasks._subtasks import reload_parents

_tasks = owned_rows.table(Task)
# The index by position has the open tasks and the completed ones one after the other.
_LISTS = (_tasks.c.completed.is_(False), _tasks.c.completed.is_(True))


def move(
    session: Session,
    user_id: int,
    task_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
) -> Task:
    """Move a task in the user's own order, which is that of `position`.

    Next to itself, or where it already is, it stays. New tasks come last. All tasks have one
    order, whatever their categories, and whether they are completed or archived.

    Args:
        before: the id of the task that it comes right before.
        after: the id of the one that it comes right after; exactly one of the two is given.
    """
    place = Place.given(before, after)
    mark_changed(session, User, user_id)  # the moves of a user take turns
    task = move_next_to(session, Task, user_id, task_id, place, _LISTS)
    reload_parents(session, user_id, task.parent_id)
    return task
