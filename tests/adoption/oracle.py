"""What adopting makes of old rows: the rules once more, one row at a time, slow and obvious.

Old rows come as they are stored, times and dates as text. Nothing here reads a clock: `ADOPTED`
stands for the time of adoption.
"""

# ruff: noqa: PLR0911 - a row is rejected for the first reason that applies

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.adoption.legacy import Row, Rows
from trackercore.types import normal_email, text_key

ADOPTED = "the time of adoption"

NO_ID = "no usable id"
SAME_CATEGORY = "the user has a category of this name"
SAME_TOPIC = "the owner has a topic of this name"
NAIVE = "naive times read as UTC"
GIVEN_TO_ONE = "given to the user of its sessions"
GIVEN_TO_EACH = "given to each user of its sessions"
OTHERS_TOPIC = "its topic belongs to another user"
COPIED_TOPIC = "moved to its user's copy of the topic"

LOSSY = {
    "its category belongs to another user",
    "its category does not exist",
    "its category was rejected",
    "negative streak dropped",
    "created_at could not be read",
    "updated_at could not be read",
    "completed_at could not be read",
    "completed_at of an open task dropped",
    "due_date could not be read",
}

_DAY = r"(\d{4})-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::?\d\d)?)?"
_INSTANT = re.compile(rf"{_DAY}(?:[ T]{_TIME})?", re.ASCII)


@dataclass(frozen=True)
class Rejected:
    """A row of trackercore_rejected."""

    table: str
    row: Row
    reason: str
    corrected: bool


@dataclass
class Outcome:
    """What is there afterwards, and what the report says."""

    tables: dict[str, dict[int, Row]] = field(default_factory=dict[str, dict[int, Row]])
    kept: dict[str, int] = field(default_factory=dict[str, int])
    moved: list[Rejected] = field(default_factory=list[Rejected])
    corrections: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    owner_id: int | None = None

    @property
    def rejections(self) -> Counter[tuple[str, str]]:
        """How many rows of a table were rejected for a reason."""
        return Counter((item.table, item.reason) for item in self.moved if not item.corrected)


def adopt(rows: Rows, day: date, owner_email: str | None = None) -> Outcome:
    """Judge all rows; `day` is the UTC date of the adoption."""
    return _Adoption(rows, day, owner_email).outcome


class _Adoption:
    def __init__(self, rows: Rows, day: date, owner_email: str | None) -> None:
        self.rows = rows
        self.day = day
        self.outcome = Outcome({table: {} for table in rows}, dict.fromkeys(rows, 0))
        # id of a duplicate → id of the row of the same name
        self.same: dict[str, dict[int, int]] = {"categories": {}, "topics": {}}
        for table, verdict in {
            "users": self.user,
            "categories": self.category,
            "tasks": self.task,
            "habits": self.habit,
            "topics": self.topic,
            "sessions": self.session,
        }.items():
            if table == "topics" and owner_email is not None:
                self.own_topics(owner_email)
            for row in self.ordered(table):
                self.judge(table, row, verdict(row))
            if table == "topics":
                self.share_topics()

    def ordered(self, table: str) -> list[Row]:
        rows = self.rows.get(table, [])
        usable = [row for row in rows if is_id(row["id"])]
        unusable = [row for row in rows if not is_id(row["id"])]
        return unusable + sorted(usable, key=lambda row: row["id"])

    def judge(self, table: str, row: Row, verdict: tuple[Row, list[str]] | str) -> None:
        if isinstance(verdict, str):
            self.outcome.moved.append(Rejected(table, row, verdict, corrected=False))
            return
        new, corrections = verdict
        self.outcome.tables[table][row["id"]] = {"id": row["id"], **new}
        self.outcome.kept[table] += 1
        for correct in dict.fromkeys(corrections):
            self.outcome.corrections[table, correct] += 1
            if correct in LOSSY:
                self.outcome.moved.append(Rejected(table, row, correct, corrected=True))

    def kept(self, table: str) -> dict[int, Row]:
        return self.outcome.tables.get(table, {})

    def old(self, table: str, row_id: object) -> Row | None:
        found = [row for row in self.rows.get(table, []) if row["id"] == row_id]
        return found[0] if found else None

    # --- FocusFlow ---------------------------------------------------------------------------

    def user(self, row: Row) -> tuple[Row, list[str]] | str:
        if not is_id(row["id"]):
            return NO_ID
        email = stripped(row["email"])
        if not email:
            return "no email address"
        email = normal_email(email)
        if len(email) > 255:
            return "email address too long"
        password = words(row.get("hashed_password"))
        if isinstance(password, Unreadable):
            return "hashed_password cannot be read"
        if password is not None and len(password) > 255:
            return "hashed_password too long"
        if any(user["email"] == email for user in self.kept("users").values()):
            return "another user has this email address in other letters"
        times, corrections = created(row)
        if email != row["email"]:
            corrections.append("email address in lower case")
        return new_user(email, password, times), corrections

    def ownership(self, row: Row) -> str | None:
        if not is_id(row["id"]):
            return NO_ID
        if row["user_id"] is None:
            return "no owner"
        if self.old("users", row["user_id"]) is None:
            return "its user does not exist"
        if row["user_id"] not in self.kept("users"):
            return "its user was rejected"
        return None

    def category(self, row: Row) -> tuple[Row, list[str]] | str:
        name = stripped(row["name"])
        reason = self.ownership(row) or bad_name(name, 100)
        if reason:
            return reason
        for other in self.kept("categories").values():
            if other["user_id"] == row["user_id"] and other["name_key"] == text_key(name):
                self.same["categories"][row["id"]] = other["id"]
                return SAME_CATEGORY
        times, corrections = created(row, name=name)
        new: Row = {
            "user_id": row["user_id"],
            "name": name,
            "name_key": text_key(name),
            "extra": {},
            **times,
        }
        return new, corrections

    def task(self, row: Row) -> tuple[Row, list[str]] | str:
        title = stripped(row["title"])
        reason = self.ownership(row) or bad_name(title, 255, "title")
        if reason:
            return reason
        due = instant(row.get("due_date"))
        if row.get("completed") not in (0, 1, None):
            return "completed cannot be read"
        description = words(row.get("description"))
        if isinstance(description, Unreadable):
            return "description cannot be read"
        times, corrections = created(row, title=title)
        due_date = due_at = None
        if isinstance(due, Unreadable):
            corrections.append("due_date could not be read")
        elif due is not None:
            if utc(due).time() == datetime.min.time():
                due_date = utc(due).date()
                corrections.append("due_date at midnight taken as a day")
            else:
                due_at = utc(due)
                if due.tzinfo is None:
                    corrections.append(NAIVE)
        if row.get("completed") is None:
            corrections.append("completed was not set")
        completed_at = self.completed_at(row, corrections)
        new: Row = {
            "user_id": row["user_id"],
            "title": title,
            "description": description,
            "title_key": text_key(title),
            "description_key": None if description is None else text_key(description),
            "category_id": self.category_of(row, corrections),
            "completed": bool(row.get("completed")) or completed_at is not None,
            "completed_at": completed_at,
            "completed_on": None if completed_at is None else completed_at.date(),
            "due_date": due_date,
            "due_at": due_at,
            "due_day": due_date if due_at is None else due_at.date(),
            **dict.fromkeys(LATER_COLUMNS_OF_TASKS),
            "possible_parent_id": row["id"],
            "archived_at": None,
            "position": row["id"],
            "external_id": None,
            "extra": {},
            **times,
        }
        return new, corrections

    def completed_at(self, row: Row, corrections: list[str]) -> datetime | None:
        at = instant(row.get("completed_at"))
        if isinstance(at, Unreadable):
            corrections.append("completed_at could not be read")
        elif at is not None and row.get("completed") in (None, 1):
            corrections += [NAIVE] if at.tzinfo is None else []
            return utc(at)
        elif at is not None:
            corrections.append("completed_at of an open task dropped")
        return None

    def category_of(self, task: Row, corrections: list[str]) -> int | None:
        wanted = task.get("category_id")
        if wanted is None:
            return None
        category = self.old("categories", wanted)
        if category is None:
            corrections.append("its category does not exist")
            return None
        owner = category["user_id"]
        if owner in self.kept("users") and owner != task["user_id"]:
            corrections.append("its category belongs to another user")
            return None
        if wanted in self.same["categories"]:
            corrections.append("moved to the category of the same name")
            return self.same["categories"][wanted]
        if wanted not in self.kept("categories"):
            corrections.append("its category was rejected")
            return None
        kept: int = wanted
        return kept

    def habit(self, row: Row) -> tuple[Row, list[str]] | str:
        name = stripped(row["name"])
        reason = self.ownership(row) or bad_name(name, 100)
        if reason:
            return reason
        frequency = stripped(row["frequency"]).lower()
        if frequency not in ("daily", "weekly"):
            return "its frequency is not known"
        streak = row.get("streak")
        streak = 0 if streak is None else streak
        if type(streak) is not int or streak > 1_000_000:
            return "streak is not a whole number up to 1000000"
        description = words(row.get("description"))
        if isinstance(description, Unreadable):
            return "description cannot be read"
        times, corrections = created(row, name=name)
        if frequency != row["frequency"]:
            corrections.append("frequency respelled")
        if streak < 0:
            corrections.append("negative streak dropped")
            streak = 0
        through = start = None
        if streak:
            corrections.append("streak kept as the starting streak")
            start = self.day
            sunday = self.day + timedelta(days=7 - self.day.isoweekday())
            through = self.day if frequency == "daily" else sunday
        new: Row = {
            "user_id": row["user_id"],
            "name": name,
            "name_key": text_key(name),
            "description": description,
            "description_key": None if description is None else text_key(description),
            "category_id": None,
            "position": row["id"],
            "frequency": frequency,
            "target": 1,
            "direction": "at_least",
            "counts": "amount",
            "day_minimum": None,
            "allowed_misses": 0,
            "unit": None,
            "week_starts_on": 1,
            "starts_on": self.day,
            "streak": streak,
            "longest_streak": streak,
            "streak_alive_through": through,
            "streak_grows_from": None,
            "streak_misses": 0,
            "earlier_streaks": None,
            "external_id": None,
            "starting_streak": streak or None,
            "starting_streak_on": start,
            "weekdays": None,
            "every": 1,
            "schedule_from": None,
            "archived_on": None,
            "extra": {},
            **times,
        }
        return new, corrections

    # --- StudyTracker ------------------------------------------------------------------------

    def own_topics(self, owner_email: str) -> None:
        email = normal_email(owner_email.strip())
        users = self.outcome.tables.setdefault("users", {})
        for user in users.values():
            if user["email"] == email:
                self.outcome.owner_id = user["id"]
                return
        used = [row["id"] for row in self.rows.get("users", []) if is_id(row["id"])]
        self.outcome.owner_id = owner = max(used, default=0) + 1
        users[owner] = {"id": owner, **new_user(email, None, created({})[0])}

    def user_of_session(self, session: Row) -> Any:
        """Its own user, else that of its topic, else the owner who is named."""
        topic = self.old("topics", session["topic_id"]) or {}
        users = (session.get("user_id"), topic.get("user_id"), self.outcome.owner_id)
        return next((user for user in users if user is not None), None)

    def sharers(self, topic: Row) -> list[int]:
        """The users whose sessions are of a topic that has no user."""
        if topic.get("user_id") is not None:
            return []
        found = {
            self.user_of_session(session)
            for session in self.rows.get("sessions", [])
            if session["topic_id"] == topic["id"] and "user_id" in session
        }
        return sorted(found & self.kept("users").keys())

    def share_topics(self) -> None:
        """Each user of a shared topic gets one of the same name, after all old ids."""
        copies: dict[tuple[int, str], Row] = {}
        for old in self.ordered("topics"):
            new = self.same["topics"].get(old["id"], old["id"])
            if new not in self.kept("topics"):
                continue
            key = self.kept("topics")[new]["name_key"]
            for user in self.sharers(old):
                if self.topic_of(user, key) is None:
                    copies.setdefault((user, key), old)
        used = [row["id"] for row in self.rows.get("topics", []) if is_id(row["id"])]
        wanted = sorted((user, old["id"]) for (user, _key), old in copies.items())
        for number, (user, copied) in enumerate(wanted, max(used, default=0) + 1):
            shared = self.old("topics", copied)
            assert shared is not None
            assert shared.get("user_id") is None
            self.kept("topics")[number] = {"id": number, **new_topic(user, shared)}

    def topic_of(self, user: int, key: str) -> int | None:
        topics = self.kept("topics").items()
        found = [id_ for id_, it in topics if (it["user_id"], it["name_key"]) == (user, key)]
        return found[0] if found else None

    def user_reason(self, row: Row, user: Any) -> str | None:
        """Why the user cannot own a row."""
        if user is None:
            return "no owner"
        if row.get("user_id") is not None and self.old("users", row["user_id"]) is None:
            return "its user does not exist"
        return None if user in self.kept("users") else "its user was rejected"

    def topic(self, row: Row) -> tuple[Row, list[str]] | str:
        if not is_id(row["id"]):
            return NO_ID
        sharers = self.sharers(row)
        users = (row.get("user_id"), *sharers, self.outcome.owner_id)
        user = next((user for user in users if user is not None), None)
        name = stripped(row["name"])
        reason = self.user_reason(row, user) or bad_name(name, 200)
        if reason:
            return reason
        description = words(row.get("description"))
        if isinstance(description, Unreadable):
            return "description cannot be read"
        for other in self.kept("topics").values():
            if (other["user_id"], other["name_key"]) == (user, text_key(name)):
                self.same["topics"][row["id"]] = other["id"]
                return SAME_TOPIC
        _times, corrections = created(row, name=name)
        if sharers:
            corrections.append(GIVEN_TO_ONE if len(sharers) == 1 else GIVEN_TO_EACH)
        return new_topic(user, row), corrections

    def merged_topic(self, topic: int) -> int:
        """The topic that stands for it."""
        return self.same["topics"].get(topic, topic)

    def topic_reason(self, row: Row) -> str | None:
        """Why a session cannot have its topic."""
        topic = row["topic_id"]
        if topic is None:
            return "no topic"
        old = self.old("topics", topic)
        if old is None:
            return "its topic does not exist"
        new = self.kept("topics").get(self.merged_topic(topic))
        if new is None:
            return "its topic was rejected"
        user = self.user_of_session(row)
        is_others = old.get("user_id") is not None and new["user_id"] != user
        return self.user_reason(row, user) or (OTHERS_TOPIC if is_others else None)

    def session(self, row: Row) -> tuple[Row, list[str]] | str:
        if not is_id(row["id"]):
            return NO_ID
        reason = self.topic_reason(row)
        if reason:
            return reason
        minutes = row["duration_minutes"]
        if type(minutes) is not int or not 1 <= minutes <= 1440:
            return "duration_minutes is not 1 to 1440"
        times, corrections = created(row)
        if row["study_date"] is None:
            if not isinstance(times["created_at"], datetime):
                return "no study_date"
            study_date = times["created_at"].date()
            corrections.append("study_date taken from created_at")
        else:
            readable = calendar_day(row["study_date"])
            if readable is None:
                return "study_date cannot be read"
            study_date = readable
        notes = words(row.get("notes"))
        if isinstance(notes, Unreadable):
            return "notes cannot be read"
        new_topic = self.merged_topic(row["topic_id"])
        if new_topic != row["topic_id"]:
            corrections.append("moved to the topic of the same name")
        user = self.user_of_session(row)
        own_topic = self.topic_of(user, self.kept("topics")[new_topic]["name_key"])
        if own_topic != new_topic:
            corrections.append(COPIED_TOPIC)
        new: Row = {
            "user_id": user,
            "topic_id": own_topic,
            "study_date": study_date,
            "duration_seconds": minutes * 60,
            "notes": notes,
            "external_id": None,
            "started_at": None,
            "ended_at": None,
            "part_of": None,
            "extra": {},
            **times,
        }
        return new, corrections


class Unreadable:
    """A value that is there and cannot be read."""


UNREADABLE = Unreadable()


def is_id(value: object) -> bool:
    """Whether a row can be found under it."""
    return type(value) is int and value >= 1


def stripped(value: object) -> str:
    """Text without whitespace around it; nothing for what is no text."""
    return value.strip() if isinstance(value, str) else ""


def words(value: object) -> str | Unreadable | None:
    """Free text; SQLite's other kinds of value as their text."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return UNREADABLE
    return None if value is None else str(value)


def bad_name(name: str, longest: int, what: str = "name") -> str | None:
    """Why it cannot be a name."""
    if not name:
        return f"no {what}"
    return f"{what} too long" if len(name) > longest else None


def created(row: Row, **trimmed: str) -> tuple[Row, list[str]]:
    """When the row was made and changed; what had to be corrected for that and to trim its name."""
    corrections = [f"{column} trimmed" for column, name in trimmed.items() if name != row[column]]
    times: Row = {}
    for column in ("created_at", "updated_at"):
        at = instant(row.get(column))
        times[column] = utc(at) if isinstance(at, datetime) else ADOPTED
        if isinstance(at, datetime):
            corrections += [NAIVE] if at.tzinfo is None else []
        elif at is not None:
            corrections.append(f"{column} could not be read")
        elif column == "created_at":
            corrections.append("created_at set to the time of adoption")
    return times, corrections


def new_user(email: str, password: str | None, times: Row) -> Row:
    return {
        "email": email,
        "hashed_password": password,
        "time_zone": "UTC",
        "week_starts_on": 1,
        "day_starts_at": 0,
        "extra": {},
        **times,
    }


def new_topic(user: Any, row: Row) -> Row:
    """An old topic as one of a user's."""
    return {
        "user_id": user,
        "name": stripped(row["name"]),
        "name_key": text_key(stripped(row["name"])),
        "description": words(row.get("description")),
        "external_id": None,
        "archived_at": None,
        "extra": {},
        **created(row)[0],
    }


LATER_COLUMNS_OF_TASKS = (
    *("starts_on", "priority", "estimate_minutes", "parent_id"),
    *("recurrence", "repeats_from", "recurrence_start", "recurrence_time", "time_of_day"),
    "reopened_at",
    *("occurrence_date", "occurrence_number", "starts_days_before"),
)
"""What tasks of FocusFlow do not have."""


def utc(value: datetime) -> datetime:
    """The instant; a naive time is taken as UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant(value: object) -> datetime | Unreadable | None:
    """A stored time, naive or aware as it was written."""
    if value is None:
        return None
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return UNREADABLE
    try:
        found = datetime.fromisoformat(value)
        year = utc(found).year
    except (ValueError, OverflowError):
        return UNREADABLE
    return found if 2 <= year <= 9998 else UNREADABLE


def calendar_day(value: object) -> date | None:
    """A stored date."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        return None
