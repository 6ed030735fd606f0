"""Tags of tasks, habits and study sessions: giving them to a row.

A writer locks the owner and the tags before it changes which rows have them, and so does whoever
deletes or merges tags: neither waits for the other with links in its hands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    Column,
    ColumnElement,
    ColumnExpressionArgument,
    Row,
    String,
    bindparam,
    delete,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.backends.statements import InsertFromJson
from trackercore.domain.extra import NOTHING
from trackercore.errors import NotFound
from trackercore.models import (
    Base,
    Habit,
    HabitTag,
    StudySession,
    StudySessionTag,
    Tag,
    Task,
    TaskTag,
    User,
)
from trackercore.services._shared import owned_rows
from trackercore.types import BIG_ID, UtcDateTime, text_key, utc_now

IdsOrNames = Collection[int | str]
"""Tags as a caller gives them: an int is an id, a str a name."""

Tagged = Task | Habit | StudySession

_LINKS: Mapping[type[Tagged], type[Base]] = {
    Task: TaskTag,
    Habit: HabitTag,
    StudySession: StudySessionTag,
}

LINKED: Mapping[type[Tagged], Column[int]] = {
    Task: owned_rows.table(TaskTag).c.task_id,
    Habit: owned_rows.table(HabitTag).c.habit_id,
    StudySession: owned_rows.table(StudySessionTag).c.session_id,
}
"""The columns by which the tables of links refer to the rows."""

_users, _tags = owned_rows.table(User), owned_rows.table(Tag)
_NEW_TAGS = InsertFromJson(
    _tags,
    [_tags.c.name, _tags.c.name_key],
    lambda row: {
        **row,
        "user_id": bindparam("user_id", type_=BIG_ID),
        "extra": literal(NOTHING.text, String),
        "created_at": bindparam("now", type_=UtcDateTime),
        "updated_at": bindparam("now", type_=UtcDateTime),
    },
    key=("user_id", "name_key"),
    on_conflict="keep",
    returning=(_tags.c.id, _tags.c.name, _tags.c.name_key),
)
_NEW_LINKS = {
    model: InsertFromJson(
        linked.table,
        [linked, linked.table.c.tag_id],
        lambda row: {**row, "user_id": bindparam("user_id", type_=BIG_ID)},
        key=("user_id", linked.name, "tag_id"),
        on_conflict="keep",
    )
    for model, linked in LINKED.items()
}


@dataclass(frozen=True, slots=True)
class GivenTags:
    """The tags that a caller gives a row.

    Attributes:
        names: those that exist, which are locked: id -> name.
        new: the others: text key -> name.
    """

    names: Mapping[int, str]
    new: Mapping[str, str]


def lock_owner(session: Session, user_id: int) -> None:
    """Have the writers of a user's tags take turns: two that create the same names could deadlock.

    The owner is locked before a category or topic, and before a row whose tags change, but after a
    habit: see locks.py.
    """
    owned_rows.get(session, User, user_id, lock="change")


def given_tags(
    session: Session, user_id: int, tags: IdsOrNames, row: Tagged | None = None
) -> GivenTags:
    """Look up the tags that a row is to have, and lock them, before anything is written.

    Args:
        session: the caller's.
        user_id: the owner.
        tags: ids and names, checked by `Tags`.
        row: the row, if it may have tags already; it is locked, and so is its owner.

    Raises:
        NotFound: for the lowest id that is not a tag of theirs.
    """
    if row is None and not tags:
        return GivenTags({}, {})
    ids = {owned_rows.check_id(Tag, tag) for tag in tags if not isinstance(tag, str)}
    wanted = {text_key(name): name for name in reversed([*tags]) if isinstance(name, str)}
    conditions: list[ColumnExpressionArgument[bool]] = []
    if row is not None:  # those that it has now are locked too
        linked = LINKED[type(row)]
        links = linked.table
        own = select(links.c.tag_id).where(links.c.user_id == user_id, linked == linked_id(row))
        conditions.append(_tags.c.id.in_(own))
    else:
        lock_owner(session, user_id)
    existing = _locked(session, user_id, _tags.c.id.in_(ids), _named(wanted), *conditions)
    for tag_id in sorted(ids - {tag.id for tag in existing}):
        raise NotFound(owned_rows.entity(Tag), tag_id)
    meant = [tag for tag in existing if tag.id in ids or tag.name_key in wanted]
    for tag in meant:
        wanted.pop(tag.name_key, None)
    return GivenTags({tag.id: tag.name for tag in meant}, wanted)


def stored_tags(session: Session, user_id: int, given: GivenTags) -> dict[int, str]:
    """The given tags, by id; those that are new are stored. Their owner exists."""
    names, new = dict(given.names), dict(given.new)
    connection = owned_rows.connection(session)
    while new:
        rows = [{"name_key": key, "name": new[key]} for key in sorted(new)]
        values = {"user_id": user_id, "now": utc_now(), "rows": to_json(rows).decode()}
        stored = [*_NEW_TAGS.rows(connection, values)]
        if len(stored) < len(new):  # somebody else was faster, and may have deleted it since
            stored += _locked(session, user_id, _named(new))
        for tag in stored:
            names[tag.id] = tag.name
            new.pop(tag.name_key, None)
    return names


def add_tags(session: Session, row: Tagged, given: GivenTags) -> None:
    """Give tags to a row that was inserted, and has none."""
    if given.names or given.new:
        _link(session, row, stored_tags(session, row.user_id, given))


def replace_tags(session: Session, row: Tagged, given: GivenTags) -> bool:
    """Give a locked row these tags, and no others; whether that changes anything.

    A change of them is one of the row: it sets `updated_at`.
    """
    names = stored_tags(session, row.user_id, given)
    linked = LINKED[type(row)]
    links = linked.table
    unlink = (
        delete(links)
        .where(
            links.c.user_id == row.user_id,
            linked == linked_id(row),
            links.c.tag_id.not_in(names),
        )
        .returning(links.c.tag_id)
    )
    unlinked = owned_rows.connection(session).execute(unlink).scalars().all()
    for tag_id in unlinked:
        owned_rows.forget(session, _LINKS[type(row)], (row.user_id, linked_id(row), tag_id))
    changed = _link(session, row, names) > 0 or bool(unlinked)
    if changed:
        row.updated_at = utc_now()
        session.flush()
    return changed


def link_many(
    session: Session, model: type[Tagged], user_id: int, links: Collection[tuple[int, int]]
) -> int:
    """Store links, as pairs of a row's id and a tag's; how many were new."""
    if not links:
        return 0
    column = LINKED[model].name
    rows = [{column: row_id, "tag_id": tag_id} for row_id, tag_id in links]
    values = {"user_id": user_id, "rows": to_json(rows).decode()}
    return _NEW_LINKS[model].execute(owned_rows.connection(session), values)


def move_links(session: Session, user_id: int, tag_id: int, into_id: int) -> None:
    """Give all rows that have a tag another one too. Both are locked, after their owner."""
    connection = owned_rows.connection(session)
    for linked in LINKED.values():
        links = linked.table
        query = select(links.c.user_id, linked, literal(into_id, BIG_ID)).where(
            links.c.user_id == user_id, links.c.tag_id == tag_id
        )
        insert = backend_of(connection).insert(links)
        columns = ("user_id", linked.name, "tag_id")
        connection.execute(insert.from_select(columns, query).on_conflict_do_nothing())


def show_renamed(session: Session, user_id: int, before: str, after: str | None) -> None:
    """Have loaded rows show another name for a tag, or none."""
    for model in LINKED:
        for row in owned_rows.loaded(session, model, user_id=user_id):
            tags: tuple[str, ...] = row.__dict__.get("tags", ())
            if before in tags:
                new = {after if tag == before else tag for tag in tags}
                owned_rows.sync(session, model, (user_id, row.id), tags=in_order(filter(None, new)))


def linked_id(row: Tagged) -> int:
    """The id that links refer to for a row: of a study session that was cut, its first part's."""
    return row.part_of or row.id if isinstance(row, StudySession) else row.id


def _link(session: Session, row: Tagged, names: Mapping[int, str]) -> int:
    """Link a row with tags, which are then all that it has; how many links are new."""
    linked = linked_id(row)
    added = link_many(session, type(row), row.user_id, [(linked, tag_id) for tag_id in names])
    tags = in_order(names.values())
    for one in _parts(session, row):
        owned_rows.sync(session, type(one), (one.user_id, one.id), tags=tags)
    return added


def _parts(session: Session, row: Tagged) -> Sequence[Tagged]:
    """The loaded rows that have the same links: of a study session that was cut, all its parts."""
    if not isinstance(row, StudySession):
        return [row]
    loaded = owned_rows.loaded(session, StudySession, user_id=row.user_id)
    return [one for one in loaded if linked_id(one) == linked_id(row)]


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of tags in the order in which a row has them."""
    return tuple(sorted(names, key=text_key))


def _named(names: Mapping[str, str]) -> ColumnElement[bool]:
    return _tags.c.name_key.in_(names)


def _locked(
    session: Session, user_id: int, *conditions: ColumnExpressionArgument[bool]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The user's tags that meet any of the conditions, locked in order of their ids."""
    query = (
        select(_tags.c.id, _tags.c.name, _tags.c.name_key)
        # The owner is locked first, as in users.delete, so that the two cannot deadlock.
        .join_from(_users, _tags, _tags.c.user_id == _users.c.id)
        .where(_users.c.id == owned_rows.check_id(User, user_id), or_(*conditions))
        .order_by(_tags.c.id)
        .with_for_update(read=True, key_share=True)
    )
    return owned_rows.connection(session).execute(query).all()
