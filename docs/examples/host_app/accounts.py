"""Accounts with a UUID, each of which is a user."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import Account
from trackercore import User, UserCreate, users


def sign_up(session: Session, data: UserCreate) -> Account:
    account = Account(user=users.create(session, data))
    session.add(account)
    session.flush()
    return account


def user_of(session: Session, account_id: UUID) -> User | None:
    query = select(User).join(Account, Account.user_id == User.id)
    return session.scalar(query.where(Account.id == account_id))


def close(session: Session, account_id: UUID) -> None:
    if (user := user_of(session, account_id)) is not None:
        users.delete(session, user.id)
