"""What goes into the services and comes out of them, as pydantic models.

`XCreate` and `XUpdate` check input when they are built and serve as request bodies; `XRead`
serialises a stored row; the rest is computed.
"""

from trackercore.domain.report import DayStatus
from trackercore.domain.schedule import Frequency
from trackercore.schemas.category import CategoryCreate, CategoryRead, CategoryUpdate
from trackercore.schemas.habit import (
    CheckInCreate,
    CheckInManyResult,
    CheckInRead,
    CheckInResult,
    DueHabit,
    HabitCreate,
    HabitDay,
    HabitPauseRead,
    HabitRead,
    HabitScheduleRead,
    HabitUpdate,
    RebuildResult,
    ScheduleChange,
    Streak,
    StreakRun,
    UndoResult,
)
from trackercore.schemas.study_session import (
    CreateManyResult,
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    TopicTotal,
    Total,
)
from trackercore.schemas.task import TaskCreate, TaskRead, TaskUpdate
from trackercore.schemas.topic import TopicCreate, TopicRead, TopicUpdate
from trackercore.schemas.user import UserCreate, UserRead, UserUpdate

__all__ = [
    "CategoryCreate",
    "CategoryRead",
    "CategoryUpdate",
    "CheckInCreate",
    "CheckInManyResult",
    "CheckInRead",
    "CheckInResult",
    "CreateManyResult",
    "DayStatus",
    "DueHabit",
    "Frequency",
    "HabitCreate",
    "HabitDay",
    "HabitPauseRead",
    "HabitRead",
    "HabitScheduleRead",
    "HabitUpdate",
    "RebuildResult",
    "ScheduleChange",
    "Streak",
    "StreakRun",
    "StudySessionCreate",
    "StudySessionRead",
    "StudySessionUpdate",
    "TaskCreate",
    "TaskRead",
    "TaskUpdate",
    "TopicCreate",
    "TopicRead",
    "TopicTotal",
    "TopicUpdate",
    "Total",
    "UndoResult",
    "UserCreate",
    "UserRead",
    "UserUpdate",
]
