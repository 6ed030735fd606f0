"""The rules by which StudyTracker's rows are kept, corrected or rejected.

StudyTracker has no users. In applications like it, topics have a user, or sessions, or both. A
topic without one is shared by those who have sessions of it: each of them gets it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    FromClause,
    Subquery,
    and_,
    cast,
    func,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
)

from trackercore.adoption._parts import (
    NEW,
    NO_ROWS,
    Created,
    Old,
    Owned,
    bad_name,
    no_usable_id,
    unreadable,
)
from trackercore.adoption._reading import Value
from trackercore.adoption._transfer import Rule, Transfer, Unique, merged_table
from trackercore.types import BIG_ID

_MOST_MINUTES = 1440


def topics(old: Old) -> Transfer:
    """Topics of one user with the same name become one, with the sessions of all."""
    table, read = old.tables["topics"], old.reader
    name = read.trimmed(table.c.name)
    key = read.text_key(table, name)
    raw_description = old.value("topics", "description")
    description = read.text(raw_description)
    created = Created.of(old, "topics")
    sharers = _sharers(old)
    source = table.outerjoin(sharers, sharers.c.topic_id == table.c.id)
    owned = Owned.of(old, "topics", source, sharers.c.first, _named_owner(old))
    is_shared = old.value("topics", "user_id").is_(None)
    return Transfer(
        old=table,
        new=NEW["topics"],
        source=owned.source,
        values={
            **owned.values,
            "name": name,
            "name_key": key,
            "description": description,
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            *owned.rejected,
            *bad_name(name, 200),
            unreadable("description", raw_description, description),
        ],
        corrected=[
            Rule("name trimmed", name != table.c.name),
            Rule("given to the user of its sessions", and_(is_shared, sharers.c.users == 1)),
            Rule("given to each user of its sessions", and_(is_shared, sharers.c.users > 1)),
            *created.corrected(),
        ],
        unique=Unique("the owner has a topic of this name", [owned.user_id, key]),
    )


def copy_shared_topics(connection: Connection, old: Old) -> None:
    """Give those who have sessions of a shared topic one of the same name, if they have none.

    Its texts and times are those of the shared row: the topic into which that was merged may be
    another user's own.
    """
    if _sessions_with_users(old) is NO_ROWS:
        return
    joined, shared = _Joined.of(old), topics(old)
    needed = (
        select(func.min(joined.old_topic.c.id).label("id"), joined.owned.user_id.label("user_id"))
        .select_from(joined.source)
        .where(joined.old_topic.c.id.is_not(None), joined.user_of_topic.is_(None))
        .where(joined.topic.c.id.is_not(None), joined.own_topic.c.id.is_(None))
        .where(joined.owned.user_id.is_not(None))
        .group_by(joined.owned.user_id, joined.topic.c.name_key)
        .subquery()
    )
    values = {name: value for name, value in shared.values.items() if name != "id"}
    values["user_id"] = needed.c.user_id
    rows = (
        select(*values.values())
        .select_from(shared.source.join(needed, needed.c.id == shared.old.c.id))
        .order_by(needed.c.user_id, needed.c.id)
    )
    connection.execute(insert(shared.new).from_select(list(values), rows))


def sessions(old: Old) -> Transfer:
    """Sessions keep their days and lengths."""
    table, read, joined = old.tables["sessions"], old.reader, _Joined.of(old)
    minutes = table.c.duration_minutes
    day = read.day(table.c.study_date)
    raw_notes = old.value("sessions", "notes")
    notes = read.text(raw_notes)
    created = Created.of(old, "sessions")
    no_day = table.c.study_date.is_(None)
    is_others = joined.topic.c.user_id != joined.owned.user_id
    return Transfer(
        old=table,
        new=NEW["sessions"],
        source=joined.source,
        values={
            **joined.owned.values,
            "topic_id": joined.own_topic.c.id,
            "study_date": func.coalesce(day, read.day_of(created.instant)),
            "duration_seconds": minutes * 60,
            "notes": notes,
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            Rule("no topic", table.c.topic_id.is_(None)),
            Rule("its topic does not exist", joined.old_topic.c.id.is_(None)),
            Rule("its topic was rejected", joined.topic.c.id.is_(None)),
            *joined.owned.rejected,
            Rule(
                "its topic belongs to another user",
                and_(joined.user_of_topic.is_not(None), is_others),
            ),
            Rule(
                "duration_minutes is not 1 to 1440",
                or_(minutes.is_(None), not_(read.whole(minutes, _MOST_MINUTES)), minutes < 1),
            ),
            unreadable("study_date", table.c.study_date, day),
            Rule("no study_date", and_(no_day, created.instant.is_(None))),
            unreadable("notes", raw_notes, notes),
        ],
        corrected=[
            Rule("moved to the topic of the same name", joined.merged.c.id.is_not(None)),
            Rule("moved to its user's copy of the topic", is_others),
            Rule("study_date taken from created_at", no_day),
            *created.corrected(),
        ],
    )


@dataclass(frozen=True)
class _Joined:
    """The old sessions, joined with what the rules for them need.

    Attributes:
        source: all tables.
        owned: the owners.
        old_topic: the old topics.
        user_of_topic: their users; NULL if a topic is shared.
        merged: the topics that were merged into others.
        topic: the new topics.
        own_topic: of the same names, those of the sessions' owners.
    """

    source: FromClause
    owned: Owned
    old_topic: FromClause
    user_of_topic: Value
    merged: FromClause
    topic: FromClause
    own_topic: FromClause

    @classmethod
    def of(cls, old: Old) -> _Joined:
        table, old_topic = old.tables["sessions"], old.tables["topics"].alias()
        merged, topic, own = merged_table.alias(), NEW["topics"].alias(), NEW["topics"].alias()
        user_of_topic = old_topic.c.get("user_id", cast(null(), BIG_ID))
        source = (
            table.outerjoin(old_topic, old_topic.c.id == table.c.topic_id)
            .outerjoin(
                merged, and_(merged.c.table_name == "topics", merged.c.old_id == table.c.topic_id)
            )
            .outerjoin(topic, topic.c.id == func.coalesce(merged.c.id, table.c.topic_id))
        )
        owned = Owned.of(old, "sessions", source, user_of_topic, _named_owner(old))
        is_own = and_(own.c.user_id == owned.user_id, own.c.name_key == topic.c.name_key)
        return cls(
            source=owned.source.outerjoin(own, is_own),
            owned=owned,
            old_topic=old_topic,
            user_of_topic=user_of_topic,
            merged=merged,
            topic=topic,
            own_topic=own,
        )


def _sharers(old: Old) -> Subquery:
    """For each topic, how many users have sessions of it, and the lowest id of one."""
    table, users = _sessions_with_users(old), NEW["users"].alias()
    topic = old.tables["topics"].alias()
    owner = func.coalesce(table.c.user_id, _named_owner(old))
    return (
        select(
            topic.c.id.label("topic_id"),  # the sessions' may be 2 and '2' on SQLite
            func.min(users.c.id).label("first"),
            func.count(users.c.id.distinct()).label("users"),
        )
        .select_from(
            table.join(topic, topic.c.id == table.c.topic_id).join(users, users.c.id == owner)
        )
        .group_by(topic.c.id)
        .subquery()
    )


def _sessions_with_users(old: Old) -> FromClause:
    table = old.get("sessions")
    return table if "user_id" in table.c else NO_ROWS


def _named_owner(old: Old) -> Value:
    return cast(literal(old.owner_id), BIG_ID)
