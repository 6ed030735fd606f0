"""Creating, reading, changing and deleting habits."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trackercore.errors import Conflict
from trackercore.models import Category, Habit, User
from trackercore.schemas import ExtraFilter, HabitCreate, HabitOrder, HabitUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    ExtraEntries,
    as_extra_entries,
    as_input,
    as_instant,
    as_search,
    as_text,
)
from trackercore.services._shared.clock import user_calendar
from trackercore.services._shared.filters import has_entries, has_value
from trackercore.services._shared.orders import HABITS
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services._shared.tag_filters import (
    TagFilters,
    check_tags,
    has_tag_with,
    tag_filters,
)
from trackercore.services._shared.tags import (
    add_tags,
    given_tags,
    lock_owner,
    replace_tags,
)
from trackercore.services._shared.text_search import has_text
from trackercore.services.habits._by_streak import by_streak
from trackercore.services.habits._habit_history import locked_habit, rebuild_state
from trackercore.services.habits._schedules import move_first_version
from trackercore.services.habits.standings import read_habit, select_habits, with_standings


def create(
    session: Session, user_id: int, data: HabitCreate, *, now: datetime | None = None
) -> Habit:
    """Store a new habit; it starts on the user's today and follows their weeks by default.

    Raises:
        ExternalIdTaken: a habit has this external_id.
    """
    data = as_input(data, HabitCreate)
    moment = as_instant(now)
    # With an older snapshot, users.update would miss the habit, and this the new settings.
    mark_changed(session, User, user_id)
    today, week_starts_on = user_calendar(session, user_id, moment)
    tags = given_tags(session, user_id, data.tags)
    if data.category_id is not None:
        owned_rows.refer(session, Category, user_id, [data.category_id])
    defaults = {"starts_on": today, "week_starts_on": week_starts_on}
    values = defaults | data.model_dump(exclude_none=True, exclude={"tags"})
    habit = Habit(user_id=user_id, **values)
    conflicts = owned_rows.external_id_conflict(Habit, data.external_id)
    owned_rows.add(session, habit, user_id, conflicts)
    add_tags(session, habit, tags)
    return read_habit(session, user_id, habit.id, moment)


def get(session: Session, user_id: int, habit_id: int, *, now: datetime | None = None) -> Habit:
    """The user's habit of this id, with its `standing`."""
    return read_habit(session, user_id, habit_id, as_instant(now))


def find(
    session: Session,
    user_id: int,
    *,
    category_id: int | None = None,
    has_category: bool | None = None,
    archived: bool | None = False,
    tags_all: Collection[int | str] | None = None,
    tags_any: Collection[int | str] | None = None,
    untagged: bool | None = None,
    text: str | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: HabitOrder = "id",
    now: datetime | None = None,
    limit: int = 100,
    after: str | Page[Habit] | None = None,
) -> Page[Habit]:
    """The user's habits that meet every condition given.

    Args:
        category_id: only habits of this category.
        has_category: only habits with a category, or only those without one.
        archived: only archived habits, or only those that are not; None for both.
        tags_all: only habits that have each of these tags: an int is an id, a str a name, in any
            letter case. Without any it is no condition, as for `tags_any`.
        tags_any: only habits that have one of these tags.
        untagged: only habits without a tag, or only those with one.
        text: part of the name, the description or the name of a tag, in any letter case and Unicode
            composition.
        order_by: "-streak" is the longest current streak first, as the user's today sees it. All
            pages of such a list are sorted by the day of the first one.
        now: what today refers to; default the current time.
    """
    order = HABITS(order_by)
    moment = as_instant(now)
    tags = TagFilters.of(tags_all, tags_any, untagged)
    entries = as_extra_entries(extra)
    conditions = _conditions(
        user_id, category_id, has_category, archived, tags, text, external_id, entries
    )
    filters = (category_id, has_category, archived, tags, text, external_id, entries)
    scope = ("habits", user_id, *filters)
    if order.name == "streak":
        page = by_streak(
            session,
            user_id,
            conditions,
            scope=(*scope, order_by),
            limit=limit,
            after=after,
            descending=order.descending,
            now=moment,
        )
    else:
        page = paginate(
            session,
            select_habits(*conditions),
            order,
            scope=scope,
            owner=user_id,
            limit=limit,
            after=after,
            on_rows=lambda rows: with_standings(session, rows, moment),
        )
    if not page:
        _check_references(session, user_id, category_id, tags)
    return page


def count(
    session: Session,
    user_id: int,
    *,
    category_id: int | None = None,
    has_category: bool | None = None,
    archived: bool | None = False,
    tags_all: Collection[int | str] | None = None,
    tags_any: Collection[int | str] | None = None,
    untagged: bool | None = None,
    text: str | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
) -> int:
    """How many habits `find` finds."""
    tags = TagFilters.of(tags_all, tags_any, untagged)
    entries = as_extra_entries(extra)
    conditions = _conditions(
        user_id, category_id, has_category, archived, tags, text, external_id, entries
    )
    found = count_rows(session, select(Habit).where(*conditions))
    if not found:
        _check_references(session, user_id, category_id, tags)
    return found


def _check_references(
    session: Session, user_id: int, category_id: int | None, tags: TagFilters
) -> None:
    if category_id is not None:
        owned_rows.get(session, Category, user_id, category_id)
    check_tags(session, user_id, tags)


def _conditions(
    user_id: int,
    category_id: int | None,
    has_category: bool | None,
    archived: bool | None,
    tags: TagFilters,
    text: str | None,
    external_id: str | None,
    entries: ExtraEntries,
) -> list[ColumnElement[bool]]:
    conditions = [
        Habit.user_id == owned_rows.check_id(User, user_id),
        *has_value(Habit.category_id, has_category, "has_category"),
        *has_value(Habit.archived_on, archived, "archived"),
        *tag_filters(Habit, user_id, tags),
        *has_entries(Habit.extra, entries),
    ]
    if category_id is not None:
        conditions.append(Habit.category_id == owned_rows.check_id(Category, category_id))
    if text is not None:
        text = as_search(text)
        conditions.append(
            has_text(text, Habit.name_key, Habit.description_key)
            | has_tag_with(Habit, user_id, text)
        )
    if external_id is not None:
        conditions.append(Habit.external_id == as_text(external_id, "external_id"))
    return conditions


def update(
    session: Session,
    user_id: int,
    habit_id: int,
    data: HabitUpdate,
    *,
    now: datetime | None = None,
) -> Habit:
    """Change a habit; `change_schedule` changes how often it is due.

    With another `starts_on`, all that is recorded is judged again, and `every` counts from the new
    day if it counted from the old one.

    Raises:
        ExternalIdTaken: another habit has the new external_id.
    """
    data = as_input(data, HabitUpdate)
    habit, history = locked_habit(session, user_id, habit_id, now)
    changes = data.changes()
    tags = None
    if "tags" in changes:
        lock_owner(session, user_id)
        tags = given_tags(session, user_id, data.tags, habit)
        del changes["tags"]
    if data.category_id is not None:
        owned_rows.refer(session, Category, user_id, [data.category_id])
    before = habit.starts_on
    conflicts = owned_rows.external_id_conflict(Habit, data.external_id)
    try:
        owned_rows.change(session, habit, user_id, changes, conflicts)
    except Conflict:
        read_habit(session, user_id, habit_id, history.now)  # it was refreshed
        raise
    if tags is not None:
        replace_tags(session, habit, tags)
    if habit.starts_on != before:
        move_first_version(history, habit, before)
        rebuild_state(history)
    return read_habit(session, user_id, habit_id, history.now)


def delete(session: Session, user_id: int, habit_id: int) -> None:
    """Delete a habit and its history."""
    habit = owned_rows.get(session, Habit, user_id, habit_id, lock="delete")
    owned_rows.remove(session, habit)
