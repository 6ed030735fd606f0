"""The errors that trackercore raises.

Each has a `code`, its facts as attributes, and a text for developers that is built from them.
Those that are bases of others are never raised themselves: they are there to be caught.

Operational errors of the driver (deadlock, serialization failure, lost connection, "database is
locked") pass through unchanged, so that you can retry them. Input that is wrong by itself is a
`pydantic.ValidationError`.
"""

from trackercore.errors.base import TrackerError
from trackercore.errors.databases import (
    BackendNotSupported,
    DatabaseNotFound,
    DatabaseNotSupported,
    DriverNotSupported,
    EngineNotPrepared,
    InvalidTablePrefix,
    ModelsAlreadyLoaded,
    NoReplicaInMemory,
    NoSchemas,
    NotAReplica,
    SessionInUse,
    WrongKindOfEngine,
)
from trackercore.errors.input import (
    BeforeTimerStart,
    BothTimesNeeded,
    DayOutOfRange,
    ExtraFault,
    FutureDay,
    FutureInstant,
    InstantOutOfRange,
    InvalidCursor,
    InvalidExtra,
    InvalidInput,
    MinutesOfTimedSession,
    NaiveDatetime,
    NoSuchTime,
    NotExactlyOne,
    PartTooLong,
    PauseEndsBeforeStart,
    SessionTooLong,
    SessionTooShort,
    StudyDateWithTimes,
    TimerForgotten,
)
from trackercore.errors.rows import (
    Conflict,
    EmailTaken,
    ExternalIdTaken,
    NameTaken,
    NotFound,
    SessionsOverlap,
    TimerOverlaps,
)
from trackercore.errors.schemas import (
    AlembicIsRunning,
    CannotAdopt,
    DanglingRows,
    RevisionRefused,
    RowsUnaccountedFor,
    SchemaError,
    SchemaOutOfDate,
    SchemaTooNew,
    TablesMissing,
    UnmanagedSchema,
)
from trackercore.errors.states import (
    DayAlreadyDone,
    HabitArchived,
    NoRunningTimer,
    NotAllowed,
    TimerAlreadyRunning,
    TimerTooShort,
    UnknownTimeZone,
)

__all__ = [
    "AlembicIsRunning",
    "BackendNotSupported",
    "BeforeTimerStart",
    "BothTimesNeeded",
    "CannotAdopt",
    "Conflict",
    "DanglingRows",
    "DatabaseNotFound",
    "DatabaseNotSupported",
    "DayAlreadyDone",
    "DayOutOfRange",
    "DriverNotSupported",
    "EmailTaken",
    "EngineNotPrepared",
    "ExternalIdTaken",
    "ExtraFault",
    "FutureDay",
    "FutureInstant",
    "HabitArchived",
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
    "PartTooLong",
    "PauseEndsBeforeStart",
    "RevisionRefused",
    "RowsUnaccountedFor",
    "SchemaError",
    "SchemaOutOfDate",
    "SchemaTooNew",
    "SessionInUse",
    "SessionTooLong",
    "SessionTooShort",
    "SessionsOverlap",
    "StudyDateWithTimes",
    "TablesMissing",
    "TimerAlreadyRunning",
    "TimerForgotten",
    "TimerOverlaps",
    "TimerTooShort",
    "TrackerError",
    "UnknownTimeZone",
    "UnmanagedSchema",
    "WrongKindOfEngine",
]


def __dir__() -> list[str]:
    return __all__
