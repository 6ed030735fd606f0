"""Accounts with a UUID, each of which is a user."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host_app.accounts import close, sign_up, user_of
from host_app.models import Account
from tests.support.statements import count_statements
from trackercore import Conflict, User, UserCreate, users

ADA = UserCreate(email="ada@example.com")


def test_an_account_is_a_user_and_is_looked_up_in_one_statement(session: Session) -> None:
    account = sign_up(session, ADA)
    assert type(account.id) is UUID
    session.expunge_all()
    with count_statements(session) as statements:
        user = user_of(session, account.id)
    assert user is not None
    assert user.email == ADA.email
    assert len(statements) == 1, statements
    assert user_of(session, uuid4()) is None


def test_closing_an_account_deletes_the_user(session: Session) -> None:
    account = sign_up(session, ADA)
    close(session, account.id)
    close(session, account.id)  # it is closed
    assert session.scalars(select(User)).all() == []
    assert session.scalars(select(Account)).all() == []


def test_deleting_the_user_closes_the_account(session: Session) -> None:
    account = sign_up(session, ADA)
    users.delete(session, account.user_id)
    assert session.get(Account, account.id) is None


def test_a_taken_address_makes_no_account(session: Session) -> None:
    sign_up(session, ADA)
    with pytest.raises(Conflict):
        sign_up(session, ADA)
    assert len(session.scalars(select(Account)).all()) == 1


def test_a_user_has_one_account(session: Session) -> None:
    account = sign_up(session, ADA)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Account(user_id=account.user_id))
