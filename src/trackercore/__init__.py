"""A tracker's data layer: users, categories, tasks, habits with streaks, study sessions.

    from trackercore import get_session, habits, init_db

    init_db()
    with get_session() as session:
        habits.check_in(session, user_id, habit_id)

Names are imported when they are first used: a program that never gets to the database does not
wait for SQLAlchemy's and pydantic's classes to be built.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackercore.adoption import AdoptReport, Finding, adopt
    from trackercore.async_database import AsyncDatabase
    from trackercore.backends.engines import prepare_engine
    from trackercore.database import Database, configure, get_session, init_db, run, upgrade_db
    from trackercore.errors import (
        CannotAdopt,
        Conflict,
        DatabaseNotFound,
        DatabaseNotSupported,
        DayAlreadyDone,
        EngineNotPrepared,
        FutureDay,
        HabitArchived,
        InvalidCursor,
        InvalidInput,
        NoRunningTimer,
        NotAllowed,
        NotFound,
        SchemaError,
        SchemaOutOfDate,
        SchemaTooNew,
        SessionInUse,
        TimerAlreadyRunning,
        TimerTooShort,
        TrackerError,
        UnknownTimeZone,
        UnmanagedSchema,
    )
    from trackercore.models import *
    from trackercore.schemas import *
    from trackercore.services import (
        Page,
        categories,
        habits,
        overview,
        study_sessions,
        tasks,
        topics,
        users,
    )

__all__ = [
    "AdoptReport",
    "AmountTotal",
    "AsyncDatabase",
    "Base",
    "CannotAdopt",
    "Category",
    "CategoryCreate",
    "CategoryOrder",
    "CategoryRead",
    "CategoryUpdate",
    "CheckIn",
    "CheckInCreate",
    "CheckInManyResult",
    "CheckInRead",
    "CheckInResult",
    "CompletedTotal",
    "Conflict",
    "Counts",
    "CreateManyResult",
    "Database",
    "DatabaseNotFound",
    "DatabaseNotSupported",
    "Day",
    "DayAlreadyDone",
    "DayStatus",
    "Direction",
    "Due",
    "DueHabit",
    "EngineNotPrepared",
    "Finding",
    "Frequency",
    "FutureDay",
    "GoalProgress",
    "Habit",
    "HabitArchived",
    "HabitCreate",
    "HabitDay",
    "HabitOrder",
    "HabitPause",
    "HabitPauseRead",
    "HabitRead",
    "HabitSchedule",
    "HabitScheduleRead",
    "HabitStanding",
    "HabitStrength",
    "HabitToday",
    "HabitUpdate",
    "HabitsOnDay",
    "Instant",
    "InvalidCursor",
    "InvalidInput",
    "NoRunningTimer",
    "NotAllowed",
    "NotFound",
    "OnOverlap",
    "OnOverlapOfMany",
    "Overview",
    "Page",
    "PageRead",
    "PeriodStatus",
    "RebuildResult",
    "ScheduleChange",
    "SchemaError",
    "SchemaOutOfDate",
    "SchemaTooNew",
    "SessionInUse",
    "Streak",
    "StreakRun",
    "StudyGoal",
    "StudyGoalCreate",
    "StudyGoalRead",
    "StudySession",
    "StudySessionCreate",
    "StudySessionOrder",
    "StudySessionRead",
    "StudySessionUpdate",
    "Task",
    "TaskCreate",
    "TaskOrder",
    "TaskRead",
    "TaskUpdate",
    "TimedSessionCreate",
    "Timer",
    "TimerAlreadyRunning",
    "TimerRead",
    "TimerTooShort",
    "Topic",
    "TopicCreate",
    "TopicOrder",
    "TopicRead",
    "TopicTotal",
    "TopicUpdate",
    "Total",
    "TrackerError",
    "UndoResult",
    "UnknownTimeZone",
    "UnmanagedSchema",
    "User",
    "UserCreate",
    "UserOrder",
    "UserPause",
    "UserPauseRead",
    "UserRead",
    "UserUpdate",
    "WeekdayCount",
    "adopt",
    "categories",
    "configure",
    "get_session",
    "habits",
    "init_db",
    "overview",
    "prepare_engine",
    "run",
    "study_sessions",
    "tasks",
    "topics",
    "upgrade_db",
    "users",
]

_HOMES = (
    "errors",
    "backends.engines",
    "database",
    "models",
    "schemas",
    "services",
    "adoption",
    "async_database",
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in __all__:
            for home in _HOMES:
                module = import_module(f"{__name__}.{home}")
                if hasattr(module, name):
                    globals()[name] = value = getattr(module, name)
                    return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)
