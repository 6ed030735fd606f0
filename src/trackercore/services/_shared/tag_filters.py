"""Finding tasks, habits and study sessions by their tags."""

from __future__ import annotations

from typing import NamedTuple, Self

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from trackercore.errors import NotFound
from trackercore.models import StudySession, Tag
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_flag, as_tags
from trackercore.services._shared.tags import LINKED, IdsOrNames, Tagged
from trackercore.services._shared.text_search import has_text
from trackercore.types import text_key

_tags = owned_rows.table(Tag)


class TagFilters(NamedTuple):
    """The filters of a list by tags.

    Attributes:
        tags_all: each of these; none is no condition, as for `tags_any`.
        tags_any: one of these.
        untagged: only rows without a tag, or only those with one; None for both.
    """

    tags_all: IdsOrNames
    tags_any: IdsOrNames
    untagged: bool | None

    @classmethod
    def of(
        cls, tags_all: IdsOrNames | None, tags_any: IdsOrNames | None, untagged: bool | None
    ) -> Self:
        """The filters that are given as arguments of a service.

        Raises:
            ValidationError: one of them is wrong.
        """
        wanted = None if untagged is None else as_flag(untagged, "untagged")
        return cls(as_tags(tags_all, "tags_all"), as_tags(tags_any, "tags_any"), wanted)


def tag_filters(model: type[Tagged], user_id: int, wanted: TagFilters) -> list[ColumnElement[bool]]:
    """The conditions that rows have tags.

    Args:
        model: of the rows.
        user_id: the owner.
        wanted: the filters.
    """
    linked = LINKED[model]
    links = linked.table
    row_id = _row_id(model)

    def has_any(tags: IdsOrNames) -> ColumnElement[bool]:
        ids = [tag for tag in tags if not isinstance(tag, str)]
        names = [text_key(tag) for tag in tags if isinstance(tag, str)]
        named = select(_tags.c.id).where(_tags.c.user_id == user_id, _tags.c.name_key.in_(names))
        is_one = or_(
            *([links.c.tag_id.in_(ids)] if ids else []),
            *([links.c.tag_id.in_(named)] if names else []),
        )
        return row_id.in_(select(linked).where(links.c.user_id == user_id, is_one))

    conditions = [has_any([tag]) for tag in wanted.tags_all]
    if wanted.tags_any:
        conditions.append(has_any(wanted.tags_any))
    if wanted.untagged is not None:
        has_one = exists().where(links.c.user_id == user_id, linked == row_id)
        conditions.append(~has_one if wanted.untagged else has_one)
    return conditions


def has_tag_with(model: type[Tagged], user_id: int, text: str) -> ColumnElement[bool]:
    """The condition that a text occurs in the name of a row's tag, as `has_text` finds it."""
    linked = LINKED[model]
    links = linked.table
    meant = select(_tags.c.id).where(_tags.c.user_id == user_id, has_text(text, _tags.c.name_key))
    rows = select(linked).where(links.c.user_id == user_id, links.c.tag_id.in_(meant))
    return _row_id(model).in_(rows)


def check_tags(session: Session, user_id: int, given: TagFilters) -> None:
    """Check that the ids in filters that find nothing are tags of the user.

    Raises:
        NotFound: for the lowest one that is not.
    """
    ids = {tag for some in given[:2] for tag in some if not isinstance(tag, str)}
    if ids:
        query = select(_tags.c.id).where(_tags.c.user_id == user_id, _tags.c.id.in_(ids))
        existing = owned_rows.connection(session).execute(query).scalars()
        for tag_id in sorted(ids.difference(existing)):
            raise NotFound(owned_rows.entity(Tag), tag_id)


def _row_id(model: type[Tagged]) -> ColumnElement[int]:
    columns = owned_rows.table(model).c
    return func.coalesce(columns.part_of, columns.id) if model is StudySession else columns.id
