"""What other trackers call the tables and columns that `adopt` takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from trackercore.adoption.reasons import RenameCondition

_Names = Mapping[str, str]
"""Our name → the others, the likeliest first."""

TABLES: _Names = {
    "users": "user accounts account",
    "categories": "category",
    "tasks": "task todos todo todo_items",
    "habits": "habit",
    "topics": "topic subjects subject courses",
    "sessions": "session study_sessions study_session study_logs",
}

_CREATED = (
    "created created_on created_date creation_date date_created create_time timestamp added_at"
    " inserted_at joined_at date_joined registered_at"
)
_UPDATED = (
    "updated updated_on updated_date date_updated last_updated modified modified_at last_modified"
    " date_modified changed_at"
)
_TIMES = {"created_at": _CREATED, "updated_at": _UPDATED}
_OWNER = "owner_id owner author_id creator_id created_by uid user"
_DESCRIPTION = "desc details detail notes note body content comment text"

COLUMNS: Mapping[str, _Names] = {
    "users": {
        "id": "user_id uid",
        "email": "email_address mail user_email username login",
        "hashed_password": "password_hash pass_hash pw_hash password_digest password passwd pwd"
        " hash",
        **_TIMES,
    },
    "categories": {
        "id": "category_id",
        "name": "title label category_name category",
        "user_id": _OWNER,
        **_TIMES,
    },
    "tasks": {
        "id": "task_id",
        "title": "name task task_name summary subject text content",
        "user_id": _OWNER,
        "description": _DESCRIPTION,
        "completed": "is_completed is_complete complete is_done done is_finished finished checked",
        "completed_at": "completed_on completed_date date_completed done_at finished_at",
        "due_date": "due due_at due_on due_by deadline",
        "category_id": "category",
        **_TIMES,
    },
    "habits": {
        "id": "habit_id",
        "name": "title habit_name habit",
        "description": _DESCRIPTION,
        "frequency": "periodicity period cadence recurrence repeat",
        "user_id": _OWNER,
        "streak": "current_streak streak_count",
        **_TIMES,
    },
    "topics": {
        "id": "topic_id",
        "name": "title topic_name topic subject_name subject course_name",
        "user_id": _OWNER,
        "description": _DESCRIPTION,
        **_TIMES,
    },
    "sessions": {
        "id": "session_id",
        "topic_id": "subject_id course_id topic subject",
        "study_date": "date day session_date log_date studied_on studied_at",
        "duration_minutes": "minutes study_minutes minutes_studied duration_min duration_mins"
        " duration length time_spent",
        "user_id": _OWNER,
        "notes": "note comments comment description",
        **_TIMES,
    },
}

CONDITIONS: Mapping[str, RenameCondition] = {
    **dict.fromkeys(("username", "login"), "email_addresses"),
    **dict.fromkeys(("password", "passwd", "pwd", "hash"), "hashes"),
    **dict.fromkeys(("duration", "length", "time_spent"), "minutes"),
}
"""When a name is right, if that depends on the values."""


def near_tables(there: Collection[str]) -> dict[str, str]:
    """The tables that may be one of ours under another name → that name."""
    return _near(TABLES, there)


def near_columns(table: str, there: Collection[str]) -> dict[str, str]:
    """The columns of one of our tables that have another name than ours → our name."""
    return _near(COLUMNS[table], there)


def _near(ours: _Names, there: Collection[str]) -> dict[str, str]:
    by_letters = {_letters(name): name for name in there}
    found: dict[str, str] = {}
    for name, others in ours.items():
        if name in there:
            continue
        for other in (name, *others.split()):
            near = by_letters.get(_letters(other))
            if near is not None and near not in ours and near not in found:
                found[near] = name
                break
    return found


def _letters(name: str) -> str:
    """Also userId and UserID are near to user_id."""
    return name.replace("_", "").lower()
