"""Study sessions: stored by length or by times, or measured by the timer; totals, goals, streaks.

These arguments mean the same in all functions:

- `start`, `end`: the first and the last day of a range. In totals, an end that is left out is that
  of the sessions, and of the running timer if it is included. Without any, it is the other end, or
  the user's today.
- `topic_id`: only the sessions of this topic; by default of all topics.
- `as_of`: the day for which a result is worked out, by default the user's today. Later sessions are
  ignored.
- `include_running`: add the time of the running timer until `now`; it does not count as a session.
  A timer that has run for more than 31 days was forgotten, and adds nothing.
- `fill`: also return the totals without a session.
- `max_days`: with `fill`, a longer range is refused: it may have millions of days.
- `on_overlap`: what to do if a timed session overlaps another one or the timer: "error" raises
  `Conflict`, "allow" stores it nevertheless.
- `discard`: drop a timer that has run for less than a second; by default `TimerTooShort` is raised.
"""

from trackercore.services.study_sessions._create_many import create_many
from trackercore.services.study_sessions._crud import count, create, delete, find, get, update
from trackercore.services.study_sessions._goals import goal_progress, goal_streak, goals, set_goal
from trackercore.services.study_sessions._timed import create_timed, parts
from trackercore.services.study_sessions._timer import cancel, running, start, stop
from trackercore.services.study_sessions.studied_days import streak
from trackercore.services.study_sessions.totals import (
    rolling,
    total,
    totals_by_day,
    totals_by_month,
    totals_by_tag,
    totals_by_topic,
    totals_by_week,
    totals_by_year,
)

__all__ = [
    "cancel",
    "count",
    "create",
    "create_many",
    "create_timed",
    "delete",
    "find",
    "get",
    "goal_progress",
    "goal_streak",
    "goals",
    "parts",
    "rolling",
    "running",
    "set_goal",
    "start",
    "stop",
    "streak",
    "total",
    "totals_by_day",
    "totals_by_month",
    "totals_by_tag",
    "totals_by_topic",
    "totals_by_week",
    "totals_by_year",
    "update",
]


def __dir__() -> list[str]:
    return __all__
