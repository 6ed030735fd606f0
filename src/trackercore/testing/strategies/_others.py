"""Strategies for users, categories, tags and topics."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.schemas import (
    CategoryCreate,
    CategoryUpdate,
    TagCreate,
    TagUpdate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
)
from trackercore.testing.strategies._fields import (
    Fields,
    emails,
    external_ids,
    extras,
    names,
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


def tag_creates() -> SearchStrategy[TagCreate]:
    """New tags."""
    return st.builds(TagCreate, name=names(100), extra=extras())


def tag_updates() -> SearchStrategy[TagUpdate]:
    """Changes of a tag; `tags.rename` gives it another name."""
    return patches(TagUpdate, {"extra": extras()})


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


def _topic_fields() -> Fields:
    return {
        "name": names(200),
        "description": st.none() | texts(),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }
