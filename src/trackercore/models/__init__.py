"""The tables, one module each, as SQLAlchemy ORM classes."""

from trackercore.models.base import Base
from trackercore.models.category import Category
from trackercore.models.check_in import CheckIn
from trackercore.models.habit import Habit
from trackercore.models.habit_pause import HabitPause
from trackercore.models.habit_schedule import HabitSchedule
from trackercore.models.study_goal import StudyGoal
from trackercore.models.study_session import StudySession
from trackercore.models.tag import Tag
from trackercore.models.tag_links import HabitTag, StudySessionTag, TaskTag
from trackercore.models.task import Task
from trackercore.models.task_occurrence import TaskOccurrence
from trackercore.models.timer import Timer
from trackercore.models.topic import Topic
from trackercore.models.user import User
from trackercore.models.user_pause import UserPause

__all__ = [
    "Base",
    "Category",
    "CheckIn",
    "Habit",
    "HabitPause",
    "HabitSchedule",
    "HabitTag",
    "StudyGoal",
    "StudySession",
    "StudySessionTag",
    "Tag",
    "Task",
    "TaskOccurrence",
    "TaskTag",
    "Timer",
    "Topic",
    "User",
    "UserPause",
]


def __dir__() -> list[str]:
    return __all__
