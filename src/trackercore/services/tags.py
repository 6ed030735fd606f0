"""Tags of tasks, habits and study sessions.

A tag has its numbers of uses when it is read: `task_count`, `habit_count` and `session_count`. To
rename, merge or delete one is no change of what has it: the `updated_at` of that stays.
"""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trackercore.models import Tag, User
from trackercore.schemas import ExtraFilter, TagCreate, TagOrder, TagUpdate
from trackercore.services._shared import names, owned_rows
from trackercore.services._shared.arguments import (
    ExtraEntries,
    as_extra_entries,
    as_input,
    as_search,
)
from trackercore.services._shared.filters import has_entries
from trackercore.services._shared.orders import TAGS
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.tags import lock_owner, move_links, show_renamed
from trackercore.services._shared.text_search import has_text

__all__ = [
    "count",
    "create",
    "delete",
    "find",
    "get",
    "get_or_create",
    "merge",
    "rename",
    "update",
]


def __dir__() -> list[str]:
    return __all__


def create(session: Session, user_id: int, data: TagCreate) -> Tag:
    """Store a new tag.

    Raises:
        NameTaken: a tag has this name, in any letter case.
    """
    data = as_input(data, TagCreate)
    lock_owner(session, user_id)
    tag = Tag(user_id=user_id, **data.model_dump())
    return owned_rows.add(session, tag, user_id, owned_rows.name_conflict(Tag, data.name))


def get_or_create(session: Session, user_id: int, name: str) -> Tag:
    """The user's tag of this name in any letter case, created if there is none."""
    data = TagCreate(name=name)
    return names.get_or_create(
        session, Tag, user_id, data.name, lambda: create(session, user_id, data)
    )


def get(session: Session, user_id: int, tag_id: int) -> Tag:
    """The user's tag of this id."""
    tag = owned_rows.get(session, Tag, user_id, tag_id)
    session.refresh(tag)
    return tag


def find(
    session: Session,
    user_id: int,
    *,
    text: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: TagOrder = "id",
    limit: int = 100,
    after: str | Page[Tag] | None = None,
) -> Page[Tag]:
    """The user's tags.

    Args:
        text: part of the name, in any letter case and Unicode composition.
        order_by: "-used" is the one that most tasks, habits and sessions have first.
    """
    order, entries = TAGS(order_by), as_extra_entries(extra)
    scope = ("tags", user_id, text, entries)
    query = _some(user_id, text, entries)
    return paginate(session, query, order, scope=scope, owner=user_id, limit=limit, after=after)


def count(
    session: Session,
    user_id: int,
    *,
    text: str | None = None,
    extra: ExtraFilter | None = None,
) -> int:
    """How many tags `find` finds."""
    return count_rows(session, _some(user_id, text, as_extra_entries(extra)))


def _some(user_id: int, text: str | None, entries: ExtraEntries) -> Select[Tag]:
    query = select(Tag).where(
        Tag.user_id == owned_rows.check_id(User, user_id), *has_entries(Tag.extra, entries)
    )
    return query if text is None else query.where(has_text(as_search(text), Tag.name_key))


def rename(session: Session, user_id: int, tag_id: int, name: str) -> Tag:
    """Give a tag another name, or the same in another letter case.

    Raises:
        NameTaken: another tag has the name: `merge` makes one of the two.
    """
    name = TagCreate(name=name).name
    lock_owner(session, user_id)
    tag = owned_rows.get(session, Tag, user_id, tag_id, lock="change")
    before = tag.name
    owned_rows.change(session, tag, user_id, {"name": name}, owned_rows.name_conflict(Tag, name))
    show_renamed(session, user_id, before, name)
    return tag


def update(session: Session, user_id: int, tag_id: int, data: TagUpdate) -> Tag:
    """Change a tag; `rename` changes its name."""
    data = as_input(data, TagUpdate)
    tag = owned_rows.get(session, Tag, user_id, tag_id, lock="change")
    return owned_rows.change(session, tag, user_id, data.changes(), {})


def merge(session: Session, user_id: int, tag_id: int, into_id: int) -> Tag:
    """Give all that has a tag another one instead, and delete the tag.

    What has both keeps the other one. A tag merged into itself stays as it is.

    Args:
        tag_id: the tag that is deleted.
        into_id: the tag that stays, which is returned.
    """
    wanted = {owned_rows.check_id(Tag, each) for each in (tag_id, into_id)}
    lock_owner(session, user_id)
    tags = {
        each: owned_rows.get(session, Tag, user_id, each, lock="delete") for each in sorted(wanted)
    }
    if tag_id != into_id:
        move_links(session, user_id, tag_id, into_id)
        owned_rows.remove(session, tags[tag_id])
        show_renamed(session, user_id, tags[tag_id].name, tags[into_id].name)
    owned_rows.reload(session, tags[into_id], "task_count", "habit_count", "session_count")
    return tags[into_id]


def delete(session: Session, user_id: int, tag_id: int) -> None:
    """Delete a tag; what has it stays, without it."""
    lock_owner(session, user_id)
    tag = owned_rows.get(session, Tag, user_id, tag_id, lock="delete")
    owned_rows.remove(session, tag)
    show_renamed(session, user_id, tag.name, None)
