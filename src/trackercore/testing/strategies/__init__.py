"""Hypothesis strategies for all valid inputs, and for whole histories.

They need the extra: `pip install 'trackercore[testing]'`.

    from trackercore.testing import strategies

    @given(strategies.task_creates())
    def test_any_task_can_be_stored(data): ...

Ids are those of existing rows: strategies such as `task_creates(category_ids)` take a strategy for
them, for example `st.just(category.id)`. `today` is the user's, or a day before.
"""

try:
    from trackercore.testing.strategies._fields import (
        days,
        emails,
        external_ids,
        extras,
        instants,
        names,
        tags,
        texts,
        time_zones,
    )
    from trackercore.testing.strategies._habits import (
        amounts,
        check_in_creates,
        habit_creates,
        habit_updates,
        schedule_changes,
    )
    from trackercore.testing.strategies._histories import (
        HabitLog,
        StudyLog,
        habit_histories,
        study_logs,
    )
    from trackercore.testing.strategies._others import (
        category_creates,
        category_updates,
        tag_creates,
        tag_updates,
        topic_creates,
        topic_updates,
        user_creates,
        user_updates,
    )
    from trackercore.testing.strategies._study import (
        study_goal_creates,
        study_session_creates,
        study_session_updates,
        timed_session_creates,
    )
    from trackercore.testing.strategies._tasks import recurrences, task_creates, task_updates
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.testing.strategies needs hypothesis: pip install 'trackercore[testing]'",
        name=_missing.name,
    ) from _missing

__all__ = [
    "HabitLog",
    "StudyLog",
    "amounts",
    "category_creates",
    "category_updates",
    "check_in_creates",
    "days",
    "emails",
    "external_ids",
    "extras",
    "habit_creates",
    "habit_histories",
    "habit_updates",
    "instants",
    "names",
    "recurrences",
    "schedule_changes",
    "study_goal_creates",
    "study_logs",
    "study_session_creates",
    "study_session_updates",
    "tag_creates",
    "tag_updates",
    "tags",
    "task_creates",
    "task_updates",
    "texts",
    "time_zones",
    "timed_session_creates",
    "topic_creates",
    "topic_updates",
    "user_creates",
    "user_updates",
]


def __dir__() -> list[str]:
    return __all__
