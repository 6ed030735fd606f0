"""Totals, check-ins, sessions, tasks and histories as pandas frames: `trackercore.frames`.

They need the extra: `pip install 'trackercore[notebook]'`.

All functions take these arguments in the same way:

- `session`: the SQLAlchemy session. `user_id`: the owner.
- `habit_id`, `topic_id`: only this one; all of them if it is left out.
- `start`, `end`: the first and the last day. Where they may be left out, that end is open.
- `max_days`: a longer range is refused if every day, week, month or year of it has a row.
- `now`: the current time, aware; by default the clock's.

Ids and days may come out of a frame: a numpy integer, a `pd.Timestamp` at midnight.

Frames of days are indexed by them, as `datetime64[s]`, which holds every date that Python has, so
`.loc["2026-03"]` and `.resample("MS")` work. Minutes, seconds and counts are int64, amounts and
targets float64, instants are aware, in UTC. A frame without rows has the same columns and types.

An unknown user, habit or topic, or one of another user, is `NotFound`. A `start` after `end`, and
any other wrong value, is a `pydantic.ValidationError`.
"""

try:
    from trackercore.frames._rows import check_ins, done_by_day, history, sessions, strength
    from trackercore.frames._tasks import tasks
    from trackercore.frames._totals import (
        amounts,
        completed_tasks,
        minutes_by_topic,
        seconds_by_topic,
        totals,
        weekdays,
    )
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.frames needs pandas: pip install 'trackercore[notebook]'", name=_missing.name
    ) from _missing

__all__ = [
    "amounts",
    "check_ins",
    "completed_tasks",
    "done_by_day",
    "history",
    "minutes_by_topic",
    "seconds_by_topic",
    "sessions",
    "strength",
    "tasks",
    "totals",
    "weekdays",
]


def __dir__() -> list[str]:
    return __all__
