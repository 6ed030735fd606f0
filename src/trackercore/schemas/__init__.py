"""What goes into the services and comes out of them, as pydantic models.

`XCreate` and `XUpdate` check input when they are built and serve as request bodies; `XRead`
serialises a stored row; the rest is computed.
"""

from trackercore.domain.frequency import Frequency
from trackercore.domain.report import DayStatus, PeriodStatus
from trackercore.domain.task_due import Due
from trackercore.domain.timed import OnOverlap, OnOverlapOfMany
from trackercore.schemas._overview import HabitToday, Overview
from trackercore.schemas.category import CategoryCreate, CategoryRead, CategoryUpdate
from trackercore.schemas.create_many import CreateManyResult
from trackercore.schemas.fields import Day, Instant
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
from trackercore.schemas.page import PageRead
from trackercore.schemas.study_goal import GoalProgress, StudyGoalCreate, StudyGoalRead
from trackercore.schemas.study_session import (
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    TimedSessionCreate,
    TimerRead,
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
    "Day",
    "DayStatus",
    "Due",
    "DueHabit",
    "Frequency",
    "GoalProgress",
    "HabitCreate",
    "HabitDay",
    "HabitPauseRead",
    "HabitRead",
    "HabitScheduleRead",
    "HabitToday",
    "HabitUpdate",
    "Instant",
    "OnOverlap",
    "OnOverlapOfMany",
    "Overview",
    "PageRead",
    "PeriodStatus",
    "RebuildResult",
    "ScheduleChange",
    "Streak",
    "StreakRun",
    "StudyGoalCreate",
    "StudyGoalRead",
    "StudySessionCreate",
    "StudySessionRead",
    "StudySessionUpdate",
    "TaskCreate",
    "TaskRead",
    "TaskUpdate",
    "TimedSessionCreate",
    "TimerRead",
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
