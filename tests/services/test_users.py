"""Users: stored with defaults, changed field by field, found by address, deleted with all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import cast

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, NOW
from trackercore import NotFound, UserCreate, UserRead, UserUpdate, users


def test_a_new_user_has_defaults(session: Session) -> None:
    before = datetime.now(UTC)
    user = users.create(session, UserCreate(email="Ada@Example.com"))
    assert UserRead.model_validate(user) == UserRead(
        id=user.id,
        email="ada@example.com",
        time_zone="UTC",
        week_starts_on=1,
        day_starts_at=0,
        extra=NO_EXTRA,
        created_at=user.created_at,
        updated_at=user.updated_at,
    )
    assert user.hashed_password is None
    assert before <= user.created_at <= datetime.now(UTC)
    assert user.created_at.utcoffset() == timedelta(0)


def test_a_new_user_has_what_was_given(session: Session) -> None:
    data = UserCreate(
        email="ada@example.com",
        hashed_password="$argon2id$v=19$",  # noqa: S106
        time_zone="Asia/Kathmandu",
        week_starts_on=7,
        day_starts_at=1439,
    )
    user = users.create(session, data)
    session.expire_all()  # as the database has it
    assert {name: getattr(user, name) for name in UserCreate.model_fields} == data.model_dump()


def test_get_returns_the_user(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com"))
    assert users.get(session, ada.id) is ada
    with pytest.raises(NotFound, match=f"no user {ada.id + 1}"):
        users.get(session, ada.id + 1)


def test_an_update_changes_what_it_names_and_nothing_else(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com", hashed_password="x"))  # noqa: S106
    eve = users.create(session, UserCreate(email="eve@example.com"))
    created_at = ada.created_at
    assert users.update(session, ada.id, UserUpdate(time_zone="Europe/Berlin")) is ada
    users.update(session, ada.id, UserUpdate(email="LOVELACE@example.com", week_starts_on=7))
    users.update(session, ada.id, UserUpdate(day_starts_at=180))
    users.update(session, ada.id, UserUpdate())
    session.expire_all()
    assert (ada.email, ada.time_zone) == ("lovelace@example.com", "Europe/Berlin")
    assert (ada.week_starts_on, ada.day_starts_at) == (7, 180)
    assert (ada.hashed_password, ada.created_at) == ("x", created_at)
    assert (eve.email, eve.time_zone, eve.day_starts_at) == ("eve@example.com", "UTC", 0)
    users.update(session, ada.id, UserUpdate(hashed_password=None))
    session.expire_all()
    assert ada.hashed_password is None


def test_find_lists_all_users_by_id(session: Session) -> None:
    assert list(users.find(session)) == []
    everybody = [
        users.create(session, UserCreate(email=f"{name}@example.com")) for name in ("c", "a", "b")
    ]
    first = users.find(session, limit=2)
    assert first.next is not None
    second = users.find(session, limit=2, after=first.next)
    assert [*first, *second] == everybody
    assert second.next is None


def test_a_deleted_user_is_gone_and_their_address_is_free(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com"))
    eve = users.create(session, UserCreate(email="eve@example.com"))
    old = ada.id
    users.delete(session, old)
    with pytest.raises(NotFound):
        users.get(session, old)
    assert users.find_by_email(session, "ada@example.com") is None
    assert list(users.find(session)) == [eve]
    # A link to the old account must not lead to the new one: its id is not given out again.
    assert users.create(session, UserCreate(email="ada@example.com")).id > old


def test_when_a_day_starts_is_given_in_minutes_and_the_error_says_so() -> None:
    for wrong in (time(4), "04:00", None):
        with pytest.raises(ValidationError, match="valid integer: minutes after midnight"):
            UserUpdate(day_starts_at=cast("int", wrong))


@pytest.mark.parametrize(
    ("time_zone", "day_starts_at", "today"),
    [
        ("UTC", 0, date(2026, 3, 10)),
        ("UTC", 11 * 60, date(2026, 3, 10)),
        ("UTC", 11 * 60 + 1, date(2026, 3, 9)),
        ("Pacific/Kiritimati", 0, date(2026, 3, 11)),
        ("Pacific/Kiritimati", 60, date(2026, 3, 11)),
        ("Pacific/Kiritimati", 61, date(2026, 3, 10)),
        ("Pacific/Pago_Pago", 0, date(2026, 3, 10)),
        ("Pacific/Pago_Pago", 1, date(2026, 3, 9)),
    ],
)
def test_today_is_the_date_on_the_users_wall_from_the_minute_their_day_starts(
    session: Session, time_zone: str, day_starts_at: int, today: date
) -> None:
    data = UserCreate(email="a@example.com", time_zone=time_zone, day_starts_at=day_starts_at)
    user = users.create(session, data)
    assert users.today(session, user.id, now=NOW) == today
    # The same instant in another time zone:
    elsewhere = NOW.astimezone(datetime.fromisoformat("2026-03-10T00:00+09:00").tzinfo)
    assert users.today(session, user.id, now=elsewhere) == today


def test_today_is_by_default_that_of_the_clock(session: Session) -> None:
    user = users.create(session, UserCreate(email="a@example.com"))
    before = datetime.now(UTC).date()
    assert before <= users.today(session, user.id) <= datetime.now(UTC).date()
