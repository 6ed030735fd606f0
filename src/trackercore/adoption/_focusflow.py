"""The rules by which FocusFlow's rows are kept, corrected or rejected."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, FromClause, and_, case, false, func, literal, not_, or_

from trackercore.adoption._parts import (
    NEW,
    WEEK_STARTS_ON,
    Created,
    Old,
    Owned,
    bad_name,
    is_unreadable,
    no_usable_id,
    unreadable,
)
from trackercore.adoption._reading import Value
from trackercore.adoption._transfer import Rule, Transfer, Unique, merged_table
from trackercore.domain.frequency import Frequency, Schedule

_FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly")
_MOST_STREAK = 1_000_000


def users(old: Old) -> Transfer:
    """Users keep their password hashes; what FocusFlow did not have gets its default."""
    table, read = old.tables["users"], old.reader
    raw, raw_hash = table.c.email, old.value("users", "hashed_password")
    hashed = read.text(raw_hash)
    email = read.email(table, read.trimmed(raw))
    created = Created.of(old, "users")
    return Transfer(
        old=table,
        new=NEW["users"],
        source=table,
        values={
            "id": table.c.id,
            "email": email,
            "hashed_password": hashed,
            "time_zone": literal("UTC"),
            "week_starts_on": literal(WEEK_STARTS_ON),
            "day_starts_at": literal(0),
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            Rule("no email address", read.trimmed(raw).is_(None)),
            Rule("email address too long", func.coalesce(func.length(email), 256) > 255),
            # The column's CHECK uses the database's own lower().
            Rule("email address has no lower case here", func.lower(email) != email),
            Rule("hashed_password too long", func.length(hashed) > 255),
            unreadable("hashed_password", raw_hash, hashed),
        ],
        corrected=[Rule("email address in lower case", email != raw), *created.corrected()],
        unique=Unique("another user has this email address in other letters", [email]),
    )


def categories(old: Old) -> Transfer:
    """Categories of the same name become one, with the tasks of all."""
    owned = Owned.of(old, "categories")
    table = owned.table
    name = old.reader.trimmed(table.c.name)
    key = old.reader.text_key(table, name)
    created = Created.of(old, "categories")
    return Transfer(
        old=table,
        new=NEW["categories"],
        source=owned.source,
        values={**owned.values, "name": name, "name_key": key, **created.values},
        rejected=[no_usable_id(old, table), *owned.rejected, *bad_name(name, 100)],
        corrected=[Rule("name trimmed", name != table.c.name), *created.corrected()],
        unique=Unique("the user has a category of this name", [owned.user_id, key]),
    )


def tasks(old: Old) -> Transfer:
    """A due time at midnight is a day. A task with a time of completion is completed."""
    owned = Owned.of(old, "tasks")
    table, read = owned.table, old.reader
    title = read.trimmed(table.c.title)
    raw_due = old.value("tasks", "due_date")
    due = read.instant(raw_due)
    is_day = read.is_midnight(due)
    raw_completed = old.value("tasks", "completed")
    flag = read.flag(raw_completed)
    raw_completed_at = old.value("tasks", "completed_at")
    completed_at = read.instant(raw_completed_at)
    completed = func.coalesce(flag, completed_at.is_not(None))
    kept_at = case((completed, completed_at))
    raw_description = old.value("tasks", "description")
    description = read.text(raw_description)
    source, category_id, category_rules = _category(old, owned)
    created = Created.of(old, "tasks")
    return Transfer(
        old=table,
        new=NEW["tasks"],
        source=source,
        values={
            **owned.values,
            "title": title,
            "description": description,
            "title_key": read.text_key(table, title),
            "description_key": read.text_key(table, description),
            "category_id": category_id,
            "completed": completed,
            "completed_at": kept_at,
            "completed_on": read.day_of(kept_at),
            "due_date": case((is_day, read.day_of(due))),
            "due_at": case((not_(is_day), due)),
            "due_day": read.day_of(due),  # days begin at midnight UTC
            "position": table.c.id,
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            *owned.rejected,
            *bad_name(title, 255, "title"),
            unreadable("completed", raw_completed, flag),
            unreadable("description", raw_description, description),
        ],
        corrected=[
            Rule("title trimmed", title != table.c.title),
            *category_rules,
            Rule("completed was not set", raw_completed.is_(None)),
            Rule("due_date at midnight taken as a day", is_day),
            Rule("due_date could not be read", is_unreadable(raw_due, due), lossy=True),
            Rule(
                "completed_at could not be read",
                is_unreadable(raw_completed_at, completed_at),
                lossy=True,
            ),
            Rule(
                "completed_at of an open task dropped",
                and_(not_(completed), completed_at.is_not(None)),
                lossy=True,
            ),
            *created.corrected(
                and_(not_(is_day), read.is_naive(raw_due)),
                and_(kept_at.is_not(None), read.is_naive(raw_completed_at)),
            ),
        ],
    )


def habits(old: Old) -> Transfer:
    """A streak has no history: it becomes the starting streak on the day of adoption."""
    owned = Owned.of(old, "habits")
    table, read = owned.table, old.reader
    name = read.trimmed(table.c.name)
    raw_frequency = read.text(table.c.frequency)
    frequency = read.lower(read.trimmed(table.c.frequency))
    raw_description = old.value("habits", "description")
    description = read.text(raw_description)
    raw_streak = old.value("habits", "streak")
    has_streak = raw_streak >= 1
    streak = case((has_streak, raw_streak), else_=0)
    today = literal(old.now.date(), Date)
    created = Created.of(old, "habits")
    return Transfer(
        old=table,
        new=NEW["habits"],
        source=owned.source,
        values={
            **owned.values,
            "name": name,
            "name_key": read.text_key(table, name),
            "description": description,
            "description_key": read.text_key(table, description),
            "position": table.c.id,
            "frequency": frequency,
            "every": literal(1),
            "target": literal(1, NEW["habits"].c.target.type),
            "week_starts_on": literal(WEEK_STARTS_ON),
            "starts_on": today,
            "streak": streak,
            "longest_streak": streak,
            "streak_alive_through": case(
                *(
                    (and_(has_streak, frequency == known), _end_of_period(known, old.now.date()))
                    for known in _FREQUENCIES
                )
            ),
            "starting_streak": case((has_streak, raw_streak)),
            "starting_streak_on": case((has_streak, today)),
            **created.values,
        },
        rejected=[
            no_usable_id(old, table),
            *owned.rejected,
            *bad_name(name, 100),
            Rule(
                "its frequency is not known",
                or_(frequency.is_(None), frequency.not_in(_FREQUENCIES)),
            ),
            Rule(
                "streak is not a whole number up to 1000000",
                and_(raw_streak.is_not(None), not_(read.whole(raw_streak, _MOST_STREAK))),
            ),
            unreadable("description", raw_description, description),
        ],
        corrected=[
            Rule("name trimmed", name != table.c.name),
            Rule("frequency respelled", frequency != raw_frequency),
            Rule("streak kept as the starting streak", has_streak),
            Rule("negative streak dropped", raw_streak < 0, lossy=True),
            *created.corrected(),
        ],
    )


def _category(old: Old, owned: Owned) -> tuple[FromClause, Value, list[Rule]]:
    """The category of a task: its own, the one of the same name that was kept, or none.

    Returns:
        The tasks joined with what the rules need, the category's id, and what is corrected.
    """
    task = owned.table
    wanted = old.value("tasks", "category_id")
    before = old.get("categories").alias()
    merged, now = merged_table.alias(), NEW["categories"].alias()
    its_user = NEW["users"].alias()
    source = (
        owned.source.outerjoin(before, before.c.id == wanted)
        .outerjoin(its_user, its_user.c.id == before.c.user_id)
        .outerjoin(merged, and_(merged.c.table_name == "categories", merged.c.old_id == wanted))
        .outerjoin(
            now,
            and_(now.c.id == func.coalesce(merged.c.id, wanted), now.c.user_id == task.c.user_id),
        )
    )
    is_lost = and_(before.c.id.is_not(None), now.c.id.is_(None))
    is_others = and_(its_user.c.id.is_not(None), before.c.user_id != task.c.user_id)
    corrected = [
        Rule(
            "moved to the category of the same name",
            and_(merged.c.id.is_not(None), now.c.id.is_not(None)),
        ),
        Rule("its category belongs to another user", and_(is_lost, is_others), lossy=True),
        Rule(
            "its category does not exist",
            and_(wanted.is_not(None), before.c.id.is_(None)),
            lossy=True,
        ),
        Rule(
            "its category was rejected",
            and_(is_lost, not_(func.coalesce(is_others, false()))),
            lossy=True,
        ),
    ]
    return source, now.c.id, corrected


def _end_of_period(frequency: Frequency, day: date) -> Value:
    period = Schedule(frequency, week_starts_on=WEEK_STARTS_ON).period_from(day)
    return literal(day if period is None else period.end, Date)
