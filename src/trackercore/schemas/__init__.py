"""What goes into the services and comes out of them, as pydantic models.

`XCreate` and `XUpdate` check input when they are built and serve as request bodies; `XRead`
serialises a stored row; the rest is computed.
"""

from trackercore.domain.frequency import Counts, Direction, Frequency
from trackercore.domain.recurrence import RepeatsFrom
from trackercore.domain.report import DayStatus, PeriodStatus
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.domain.timed import OnOverlap, OnOverlapOfMany
from trackercore.models.habit_standing import HabitStanding
from trackercore.schemas._overview import HabitToday, Overview
from trackercore.schemas.category import CategoryCreate, CategoryRead, CategoryUpdate
from trackercore.schemas.create_many import CreateManyResult
from trackercore.schemas.extra import ExtraFilter
from trackercore.schemas.fields import Day, Instant
from trackercore.schemas.habit import (
    AmountTotal,
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
    HabitsOnDay,
    HabitStrength,
    HabitUpdate,
    RebuildResult,
    ScheduleChange,
    Streak,
    StreakRun,
    UndoResult,
    WeekdayCount,
)
from trackercore.schemas.orders import (
    CategoryOrder,
    HabitOrder,
    StudySessionOrder,
    TagOrder,
    TaskOrder,
    TopicOrder,
    UserOrder,
)
from trackercore.schemas.page import PageRead
from trackercore.schemas.study_goal import GoalProgress, StudyGoalCreate, StudyGoalRead
from trackercore.schemas.study_session import (
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    TagTotal,
    TagTotals,
    TimedSessionCreate,
    TimerRead,
    TopicTotal,
    Total,
)
from trackercore.schemas.tag import TagCreate, TagRead, TagUpdate
from trackercore.schemas.task import (
    AgendaItem,
    AgendaStatus,
    CompletedTotal,
    Due,
    Occurrence,
    OccurrenceStatus,
    TaskCreate,
    TaskRead,
    TaskUpdate,
)
from trackercore.schemas.task_filters import AgendaFilters, TaskFilters
from trackercore.schemas.topic import TopicCreate, TopicRead, TopicUpdate
from trackercore.schemas.user import UserCreate, UserPauseRead, UserRead, UserUpdate

__all__ = [
    "AgendaFilters",
    "AgendaItem",
    "AgendaStatus",
    "AmountTotal",
    "CategoryCreate",
    "CategoryOrder",
    "CategoryRead",
    "CategoryUpdate",
    "CheckInCreate",
    "CheckInManyResult",
    "CheckInRead",
    "CheckInResult",
    "CompletedTotal",
    "Counts",
    "CreateManyResult",
    "Day",
    "DayStatus",
    "Direction",
    "Due",
    "DueHabit",
    "ExtraFilter",
    "Frequency",
    "GoalProgress",
    "HabitCreate",
    "HabitDay",
    "HabitOrder",
    "HabitPauseRead",
    "HabitRead",
    "HabitScheduleRead",
    "HabitStanding",
    "HabitStrength",
    "HabitToday",
    "HabitUpdate",
    "HabitsOnDay",
    "Instant",
    "Occurrence",
    "OccurrenceStatus",
    "OnOverlap",
    "OnOverlapOfMany",
    "Overview",
    "PageRead",
    "PeriodStatus",
    "RebuildResult",
    "RepeatsFrom",
    "ScheduleChange",
    "Streak",
    "StreakRun",
    "StudyGoalCreate",
    "StudyGoalRead",
    "StudySessionCreate",
    "StudySessionOrder",
    "StudySessionRead",
    "StudySessionUpdate",
    "SubtaskProgress",
    "TagCreate",
    "TagOrder",
    "TagRead",
    "TagTotal",
    "TagTotals",
    "TagUpdate",
    "TaskCreate",
    "TaskFilters",
    "TaskOrder",
    "TaskRead",
    "TaskUpdate",
    "TimedSessionCreate",
    "TimerRead",
    "TopicCreate",
    "TopicOrder",
    "TopicRead",
    "TopicTotal",
    "TopicUpdate",
    "Total",
    "UndoResult",
    "UserCreate",
    "UserOrder",
    "UserPauseRead",
    "UserRead",
    "UserUpdate",
    "WeekdayCount",
]


def __dir__() -> list[str]:
    return __all__
