"""Strategies for users, categories, tasks and topics."""

from collections import ChainMap
from datetime import date

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.schemas import (
    CategoryCreate,
    CategoryUpdate,
    TaskCreate,
    TaskUpdate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
)
from trackercore.testing.strategies._fields import (
    Fields,
    days,
    emails,
    external_ids,
    extras,
    instants,
    names,
    optional,
    patches,
    texts,
    time_zones,
)


def user_creates() -> SearchStrategy[UserCreate]:
    """New users in every time zone."""
    return st.fixed_dictionaries(_user_fields()).map(UserCreate.model_validate)


def user_updates() -> SearchStrategy[UserUpdate]:
    """Changes of a user."""
    return patches(UserUpdate, _user_fields())


def category_creates() -> SearchStrategy[CategoryCreate]:
    """New categories."""
    return st.builds(CategoryCreate, name=names(100), extra=extras())


def category_updates() -> SearchStrategy[CategoryUpdate]:
    """Changes of a category."""
    return patches(CategoryUpdate, {"name": names(100), "extra": extras()})


def task_creates(category_ids: SearchStrategy[int] | None = None) -> SearchStrategy[TaskCreate]:
    """New tasks: due on a day, at an instant or never; open, or completed with or without a time.

    Args:
        category_ids: without it, no task has a category.
    """
    due = st.sampled_from(["due_date", "due_at"]).flatmap(_due)
    completed = st.fixed_dictionaries(
        {"completed": st.just(True)}, optional={"completed_at": st.none() | instants()}
    )
    nothing = st.builds(dict[str, object])
    return st.builds(
        _task,
        st.fixed_dictionaries(
            {"title": names(255)},
            optional=_task_fields(category_ids) | {"created_at": st.none() | instants()},
        ),
        nothing | due,
        nothing | completed,
    )


def task_updates(category_ids: SearchStrategy[int] | None = None) -> SearchStrategy[TaskUpdate]:
    """Changes of a task.

    Args:
        category_ids: without it, a category is only removed.
    """
    fields = _task_fields(category_ids) | {"title": names(255), "completed": st.booleans()}
    nothing_due: SearchStrategy[date | None] = st.none()
    on_a_day = fields | {"due_date": nothing_due | days()}
    at_an_instant = fields | {"due_at": nothing_due | instants()}
    return patches(TaskUpdate, on_a_day) | patches(TaskUpdate, at_an_instant)


def topic_creates() -> SearchStrategy[TopicCreate]:
    """New topics."""
    return st.fixed_dictionaries(_topic_fields()).map(TopicCreate.model_validate)


def topic_updates() -> SearchStrategy[TopicUpdate]:
    """Changes of a topic."""
    return patches(TopicUpdate, _topic_fields())


def _user_fields() -> Fields:
    hashes = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=255)
    return {
        "email": emails(),
        "hashed_password": st.none() | hashes,
        "time_zone": time_zones(),
        "week_starts_on": st.integers(1, 7),
        "day_starts_at": st.integers(0, 1439),
        "extra": extras(),
    }


def _task_fields(category_ids: SearchStrategy[int] | None) -> Fields:
    return {
        "description": st.none() | texts(),
        "category_id": optional(category_ids),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }


def _topic_fields() -> Fields:
    return {
        "name": names(200),
        "description": st.none() | texts(),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }


def _due(name: str) -> SearchStrategy[dict[str, object]]:
    moments: SearchStrategy[object] = days() if name == "due_date" else instants()
    return st.fixed_dictionaries({name: moments})


def _task(*parts: dict[str, object]) -> TaskCreate:
    return TaskCreate.model_validate(dict(ChainMap(*parts)))
