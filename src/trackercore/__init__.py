"""A tracker's data layer: users, categories, tasks, habits with streaks, study sessions.

    from trackercore import get_session, habits, init_db

    init_db()
    with get_session() as session:
        habits.check_in(session, user_id, habit_id)

Names are imported when they are first used: a program that never gets to the database does not
wait for SQLAlchemy's and pydantic's classes to be built. So `trackercore.frames` and the other
modules need no import of their own, and `__version__` is looked up when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackercore import frames as frames
    from trackercore import plots as plots
    from trackercore import rules as rules
    from trackercore import testing as testing
    from trackercore.adoption import AdoptReport, Finding, RefusalReason, adopt
    from trackercore.async_database import AsyncDatabase
    from trackercore.backends.engines import prepare_engine
    from trackercore.database import Database, configure, get_session, init_db, run, upgrade_db
    from trackercore.errors import (
        AlembicIsRunning,
        BackendNotSupported,
        BeforeTimerStart,
        BothTimesNeeded,
        CannotAdopt,
        Conflict,
        DanglingRows,
        DatabaseNotFound,
        DatabaseNotSupported,
        DayAlreadyDone,
        DayOutOfRange,
        DriverNotSupported,
        EmailTaken,
        EngineNotPrepared,
        ExternalIdTaken,
        FutureDay,
        FutureInstant,
        HabitArchived,
        InstantOutOfRange,
        InvalidCursor,
        InvalidExtra,
        InvalidInput,
        InvalidTablePrefix,
        MinutesOfTimedSession,
        ModelsAlreadyLoaded,
        NaiveDatetime,
        NameTaken,
        NoReplicaInMemory,
        NoRunningTimer,
        NoSchemas,
        NoSuchTime,
        NotAllowed,
        NotAReplica,
        NotExactlyOne,
        NotFound,
        OccurrenceNotLast,
        OccurrenceNotOpen,
        ParentIsItself,
        ParentIsSubtask,
        PartTooLong,
        PauseEndsBeforeStart,
        RepeatingTaskNotDue,
        RevisionRefused,
        RowsUnaccountedFor,
        SchemaError,
        SchemaOutOfDate,
        SchemaTooNew,
        SessionInUse,
        SessionsOverlap,
        SessionTooLong,
        SessionTooShort,
        StartsAfterDue,
        StudyDateWithTimes,
        SubtaskCannotRepeat,
        TablesMissing,
        TaskDoesNotRepeat,
        TaskHasSubtasks,
        TimerAlreadyRunning,
        TimerForgotten,
        TimerOverlaps,
        TimerTooShort,
        TrackerError,
        UnknownTimeZone,
        UnmanagedSchema,
        WrongKindOfEngine,
    )
    from trackercore.models import *
    from trackercore.schemas import *
    from trackercore.services import (
        Page,
        categories,
        habits,
        overview,
        study_sessions,
        tags,
        tasks,
        topics,
        users,
    )
    from trackercore.table_prefix import set_table_prefix

    __version__: str

__all__ = [
    "AdoptReport",
    "AgendaItem",
    "AgendaStatus",
    "AlembicIsRunning",
    "AmountTotal",
    "AsyncDatabase",
    "BackendNotSupported",
    "Base",
    "BeforeTimerStart",
    "BothTimesNeeded",
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
    "DanglingRows",
    "Database",
    "DatabaseNotFound",
    "DatabaseNotSupported",
    "Day",
    "DayAlreadyDone",
    "DayOutOfRange",
    "DayStatus",
    "Direction",
    "DriverNotSupported",
    "Due",
    "DueHabit",
    "EmailTaken",
    "EngineNotPrepared",
    "ExternalIdTaken",
    "ExtraFilter",
    "Finding",
    "Frequency",
    "FutureDay",
    "FutureInstant",
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
    "HabitTag",
    "HabitToday",
    "HabitUpdate",
    "HabitsOnDay",
    "Instant",
    "InstantOutOfRange",
    "InvalidCursor",
    "InvalidExtra",
    "InvalidInput",
    "InvalidTablePrefix",
    "MinutesOfTimedSession",
    "ModelsAlreadyLoaded",
    "NaiveDatetime",
    "NameTaken",
    "NoReplicaInMemory",
    "NoRunningTimer",
    "NoSchemas",
    "NoSuchTime",
    "NotAReplica",
    "NotAllowed",
    "NotExactlyOne",
    "NotFound",
    "Occurrence",
    "OccurrenceNotLast",
    "OccurrenceNotOpen",
    "OccurrenceStatus",
    "OnOverlap",
    "OnOverlapOfMany",
    "Overview",
    "Page",
    "PageRead",
    "ParentIsItself",
    "ParentIsSubtask",
    "PartTooLong",
    "PauseEndsBeforeStart",
    "PeriodStatus",
    "RebuildResult",
    "RefusalReason",
    "RepeatingTaskNotDue",
    "RepeatsFrom",
    "RevisionRefused",
    "RowsUnaccountedFor",
    "ScheduleChange",
    "SchemaError",
    "SchemaOutOfDate",
    "SchemaTooNew",
    "SessionInUse",
    "SessionTooLong",
    "SessionTooShort",
    "SessionsOverlap",
    "StartsAfterDue",
    "Streak",
    "StreakRun",
    "StudyDateWithTimes",
    "StudyGoal",
    "StudyGoalCreate",
    "StudyGoalRead",
    "StudySession",
    "StudySessionCreate",
    "StudySessionOrder",
    "StudySessionRead",
    "StudySessionTag",
    "StudySessionUpdate",
    "SubtaskCannotRepeat",
    "SubtaskProgress",
    "TablesMissing",
    "Tag",
    "TagCreate",
    "TagOrder",
    "TagRead",
    "TagTotal",
    "TagTotals",
    "TagUpdate",
    "Task",
    "TaskCreate",
    "TaskDoesNotRepeat",
    "TaskFilters",
    "TaskHasSubtasks",
    "TaskOccurrence",
    "TaskOrder",
    "TaskRead",
    "TaskTag",
    "TaskUpdate",
    "TimedSessionCreate",
    "Timer",
    "TimerAlreadyRunning",
    "TimerForgotten",
    "TimerOverlaps",
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
    "WrongKindOfEngine",
    "adopt",
    "categories",
    "configure",
    "get_session",
    "habits",
    "init_db",
    "overview",
    "prepare_engine",
    "rules",
    "run",
    "set_table_prefix",
    "study_sessions",
    "tags",
    "tasks",
    "topics",
    "upgrade_db",
    "users",
]

_HOMES = (
    "errors",
    "table_prefix",  # before the models, which are built with it
    "backends.engines",
    "database",
    "models",
    "schemas",
    "services",
    "adoption",
    "async_database",
)

# Not in __all__, because `import *` would import pandas. Each with the packages of an extra that
# it needs.
_SUBMODULES = {"frames": ("pandas",), "plots": ("matplotlib", "pandas"), "rules": (), "testing": ()}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _SUBMODULES:  # before the homes, most of which import SQLAlchemy
            return import_module(f"{__name__}.{name}")
        if name in __all__:
            for home in _HOMES:
                module = import_module(f"{__name__}.{home}")
                if hasattr(module, name):
                    globals()[name] = value = getattr(module, name)
                    return value
        if name == "__version__":
            globals()[name] = value = import_module("importlib.metadata").version(__name__)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        # help() gets every name that is listed, and stops at one that cannot be imported.
        find_spec = import_module("importlib.util").find_spec
        installed = (
            name for name, packages in _SUBMODULES.items() if all(map(find_spec, packages))
        )
        return [*{*__all__, "__version__", *installed}]
