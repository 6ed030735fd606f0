"""Every service in a session with `owner=`, with one's own rows and with those of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, OWNED
from tests.services.states import STATES
from tests.services.support import Ids, dump, person
from tests.services.test_ownership import NEIGHBOURS, REFERENCES, finds_nothing
from tests.support.fixtures import OpenDatabase
from tests.support.row_security import Secured
from trackercore import NotFound, SessionHasOwner

pytestmark = pytest.mark.slow

ABOUT_OTHERS = {"users.create", "habits.rebuild_streaks"}
"""Calls that would leave others out in silence."""


class Own(NamedTuple):
    """Eve's session, her rows, and those of Ada."""

    session: Session
    eve: Ids
    ada: Ids


@pytest.fixture
def own(secured: Secured, open_database: OpenDatabase) -> Iterator[Own]:
    database = open_database(secured.login_url, owner_role=secured.role)
    with database.session() as session:
        ada, eve = person(session), person(session, "eve@example.com")
    with database.session(owner=eve.user) as session:
        yield Own(session, eve, ada)


def test_every_call_works(own: Own) -> None:
    for call in CALLS:
        with own.session.begin_nested() as savepoint:
            if call.service in ABOUT_OTHERS and not call.has_owner:
                with pytest.raises(SessionHasOwner):
                    call.run(own.session, own.eve)
            else:
                call.run(own.session, own.eve)
            savepoint.rollback()


@pytest.mark.parametrize("name", STATES)
def test_so_does_one_that_needs_rows_in_other_states(name: str, own: Own) -> None:
    STATES[name](own.session, own.eve)


def test_rows_of_others_are_not_found_and_nothing_changes(own: Own) -> None:
    session, eve, ada = own
    before = dump(session)
    for call, kind in REFERENCES:
        with pytest.raises(NotFound) as caught:
            call.run_unprepared(session, eve.but(kind, getattr(ada, kind)))
        assert caught.value.id == getattr(ada, kind), str(call)
    for call, name, kind in NEIGHBOURS:
        with pytest.raises(NotFound):
            call.run_unprepared(session, eve, **{name: getattr(ada, kind)})
    assert dump(session) == before


def test_other_users_are_not_found_and_nothing_changes(own: Own) -> None:
    session, _, ada = own
    before = dump(session)
    for call in OWNED:
        assert finds_nothing(session, call, ada), str(call)
    assert dump(session) == before
