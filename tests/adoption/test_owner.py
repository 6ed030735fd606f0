"""Who gets the topics and sessions, which were nobody's."""

from __future__ import annotations

import pytest

from tests.adoption import support
from tests.adoption.legacy import Row, Rows
from tests.adoption.oracle import ADOPTED

pytestmark = pytest.mark.slow

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

NEW = OTHER + 1


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("ada@example.com", ADA),  # of two users who have the address, the one that was kept
        ("ADA@Example.COM", ADA),
        (" root@localhost", ROOT),  # a new user could not have it
        ("Grace@Example.com", NEW),  # comes after all old ones, also those who were rejected
    ],
)
def test_who_gets_them(address: str, owner: int, empty_url: str) -> None:
    support.put_rows(empty_url, ROWS)
    report, stored, _moved = support.adopted(empty_url, address)
    assert report.owner_id == owner
    assert report.kept == {"users": 2, "topics": 1, "sessions": 1}  # without the new user
    assert stored["topics"][4]["user_id"] == stored["sessions"][6]["user_id"] == owner
    new: dict[int, Row] = {} if owner != NEW else {NEW: NEW_USER}
    assert {key: user for key, user in stored["users"].items() if key not in (ADA, ROOT)} == new


def test_an_address_that_a_new_user_could_not_have_is_theirs_in_any_letters(
    empty_url: str,
) -> None:
    old = {"id": ADA, "email": "\u00a0JOSE\u0301@localhost"}
    support.put_rows(empty_url, {**ROWS, "users": [old]})
    report, stored, _moved = support.adopted(empty_url, "Jos\u00c9@Localhost ")
    assert (report.owner_id, report.owner_created) == (ADA, False)
    assert stored["users"][ADA]["email"] == "jos\u00e9@localhost"


NEW_USER: Row = {
    "id": NEW,
    "email": "grace@example.com",
    "hashed_password": None,
    "time_zone": "UTC",
    "week_starts_on": 1,
    "day_starts_at": 0,
    "extra": {},
    "created_at": ADOPTED,
    "updated_at": ADOPTED,
}


@pytest.mark.parametrize("owner", [None, "grace@example.com"])
def test_of_no_topics_only_who_is_named(owner: str | None, empty_url: str) -> None:
    support.fill(empty_url, "StudyTracker", {})
    report, stored, _moved = support.adopted(empty_url, owner)
    assert report.owner_id == (1 if owner else None)
    assert report.kept == {"topics": 0, "sessions": 0}
    assert [user["email"] for user in stored["users"].values()] == ([owner] if owner else [])
