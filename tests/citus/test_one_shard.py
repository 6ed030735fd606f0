"""Every call for a user is answered by the one shard that has their rows."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.citus.plans import planned
from tests.services.calls import CALLS, Call
from tests.services.states import STATES
from tests.services.support import person

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])

OF_ALL_USERS = ("users.find", "users.count")


def is_of_all_users(call: Call) -> bool:
    rebuilds_all = call.service == "habits.rebuild_streaks" and not call.has_owner
    return call.service in OF_ALL_USERS or rebuilds_all


@pytest.mark.parametrize("call", [each for each in CALLS if not is_of_all_users(each)], ids=str)
def test_a_call_for_a_user_is_answered_by_one_shard(call: Call, session: Session) -> None:
    person(session, "eve@example.com")
    ids = person(session)
    call.prepare(session, ids)
    session.expire_all()
    with planned(session) as plans:
        call.run_unprepared(session, ids)
        session.flush()
    assert plans
    assert [plan for plan in plans if not plan.is_routed] == []


@pytest.mark.parametrize("name", STATES)
def test_so_is_one_that_needs_rows_in_other_states(name: str, session: Session) -> None:
    person(session, "eve@example.com")
    ids = person(session)
    with planned(session) as plans:
        STATES[name](session, ids)
        session.flush()
    assert plans
    assert [plan for plan in plans if not plan.is_routed] == []


@pytest.mark.parametrize("call", [each for each in CALLS if is_of_all_users(each)], ids=str)
def test_a_call_for_all_users_works_all_the_same(call: Call, session: Session) -> None:
    person(session, "eve@example.com")
    ids = person(session)
    with planned(session) as plans:
        call.run(session, ids)
    assert any(not plan.is_routed for plan in plans)


def test_what_is_not_routed_is_noticed(session: Session) -> None:
    ids = person(session)
    with planned(session) as plans:
        session.execute(text("SELECT title FROM tasks"))
        session.execute(text("SELECT title FROM tasks WHERE user_id = :owner"), {"owner": ids.user})
    assert [plan.is_routed for plan in plans] == [False, True]
