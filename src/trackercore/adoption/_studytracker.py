"""The rules by which StudyTracker's rows are kept, corrected or rejected."""

from __future__ import annotations

from sqlalchemy import and_, cast, func, literal, not_, or_

from trackercore.adoption._parts import NEW, Created, Old, bad_name, no_usable_id, unreadable
from trackercore.adoption._transfer import Rule, Transfer, Unique, merged_table
from trackercore.types import BIG_ID

_MOST_MINUTES = 1440


def topics(old: Old) -> Transfer:
    """Topics of the same name become one, with the sessions of all."""
    table, read = old.tables["topics"], old.reader
    name = read.trimmed(table.c.name)
    key = read.text_key(table, name)
    raw_description = old.value("topics", "description")
    description = read.text(raw_description)
    created = Created.of(old, "topics")
    return Transfer(
        old=table,
        new=NEW["topics"],
        source=table,
        values={
            "id": table.c.id,
            "user_id": cast(literal(old.owner_id), BIG_ID),
            "name": name,
            "name_key": key,
            "description": description,
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            *bad_name(name, 200),
            unreadable("description", raw_description, description),
        ],
        corrected=[Rule("name trimmed", name != table.c.name), *created.corrected()],
        unique=Unique("the owner has a topic of this name", [key]),
    )


def sessions(old: Old) -> Transfer:
    """Sessions keep their days and lengths."""
    table, read = old.tables["sessions"], old.reader
    old_topics, new_topics = old.tables["topics"].alias(), NEW["topics"].alias()
    merged = merged_table.alias()
    source = (
        table.outerjoin(old_topics, old_topics.c.id == table.c.topic_id)
        .outerjoin(
            merged, and_(merged.c.table_name == "topics", merged.c.old_id == table.c.topic_id)
        )
        .outerjoin(new_topics, new_topics.c.id == func.coalesce(merged.c.id, table.c.topic_id))
    )
    minutes = table.c.duration_minutes
    day = read.day(table.c.study_date)
    raw_notes = old.value("sessions", "notes")
    notes = read.text(raw_notes)
    created = Created.of(old, "sessions")
    no_day = table.c.study_date.is_(None)
    return Transfer(
        old=table,
        new=NEW["sessions"],
        source=source,
        values={
            "id": table.c.id,
            "user_id": cast(literal(old.owner_id), BIG_ID),
            "topic_id": new_topics.c.id,
            "study_date": func.coalesce(day, read.day_of(created.instant)),
            "duration_seconds": minutes * 60,
            "notes": notes,
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            Rule("no topic", table.c.topic_id.is_(None)),
            Rule("its topic does not exist", old_topics.c.id.is_(None)),
            Rule("its topic was rejected", new_topics.c.id.is_(None)),
            Rule(
                "duration_minutes is not 1 to 1440",
                or_(minutes.is_(None), not_(read.whole(minutes, _MOST_MINUTES)), minutes < 1),
            ),
            unreadable("study_date", table.c.study_date, day),
            Rule("no study_date", and_(no_day, created.instant.is_(None))),
            unreadable("notes", raw_notes, notes),
        ],
        corrected=[
            Rule("moved to the topic of the same name", merged.c.id.is_not(None)),
            Rule("study_date taken from created_at", no_day),
            *created.corrected(),
        ],
    )
