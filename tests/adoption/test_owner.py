"""Who gets the topics and sessions, which were nobody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.adoption import legacy, support
from tests.adoption.legacy import Rows
from tests.adoption.oracle import ADOPTED
from trackercore import AdoptReport, adopt

ADA, DOUBLE, ROOT, OTHER = 3, 5, 7, 9

ROWS: Rows = {
    "users": [
        {"id": ADA, "email": "Ada@example.com"},
        {"id": DOUBLE, "email": "ada@EXAMPLE.com"},
        {"id": ROOT, "email": "Root@localhost"},
        {"id": OTHER, "email": None},
    ],
    "topics": [{"id": 4, "name": "SQL"}],
    "sessions": [{"id": 6, "topic_id": 4, "duration_minutes": 25, "study_date": "2024-03-05"}],
}

Adopt = Callable[[str | None], tuple[AdoptReport, dict[str, dict[int, legacy.Row]]]]


@pytest.fixture
def adopt_for(empty_url: str) -> Adopt:
    """Adopt `ROWS` for the address; the report and what is stored."""

    def adopt_for(owner_email: str | None) -> tuple[AdoptReport, dict[str, dict[int, legacy.Row]]]:
        since = datetime.now(UTC)
        report = adopt(empty_url, owner_email=owner_email)
        with support.connect(empty_url) as connection:
            return report, support.stored(connection, since)

    with support.connect(empty_url) as connection:
        legacy.fill_loose(connection, ROWS)
    return adopt_for


@pytest.mark.parametrize("address", ["ada@example.com", "ADA@Example.COM"])
def test_a_user_of_the_database_in_any_letters(address: str, adopt_for: Adopt) -> None:
    """Of two users who have the address, the one that was kept."""
    report, stored = adopt_for(address)
    assert report.owner_id == ADA
    assert set(stored["users"]) == {ADA, ROOT}
    assert stored["topics"][4]["user_id"] == stored["sessions"][6]["user_id"] == ADA


def test_a_user_of_the_database_with_an_address_that_a_new_one_could_not_have(
    adopt_for: Adopt,
) -> None:
    report, _stored = adopt_for(" root@localhost")
    assert report.owner_id == ROOT


def test_a_new_user_comes_after_all_old_ones(adopt_for: Adopt) -> None:
    """Also after those who were rejected."""
    report, stored = adopt_for("Grace@Example.com")
    assert report.owner_id == OTHER + 1
    assert stored["users"][OTHER + 1] == {
        "id": OTHER + 1,
        "email": "grace@example.com",
        "hashed_password": None,
        "time_zone": "UTC",
        "week_starts_on": 1,
        "day_starts_at": 0,
        "created_at": ADOPTED,
    }
    assert stored["topics"][4]["user_id"] == stored["sessions"][6]["user_id"] == OTHER + 1


def test_the_new_user_is_not_counted_among_the_kept(adopt_for: Adopt) -> None:
    report, _stored = adopt_for("grace@example.com")
    assert report.kept == {"users": 2, "topics": 1, "sessions": 1}


@pytest.mark.parametrize("owner", [None, "grace@example.com"])
def test_of_no_topics_only_who_is_named(owner: str | None, empty_url: str) -> None:
    support.fill(empty_url, "StudyTracker", {})
    report = adopt(empty_url, owner_email=owner)
    assert report.owner_id == (1 if owner else None)
    assert report.kept == {"topics": 0, "sessions": 0}
    with support.connect(empty_url) as connection:
        users = support.stored(connection, datetime.now(UTC))["users"]
    assert [user["email"] for user in users.values()] == ([owner] if owner else [])
