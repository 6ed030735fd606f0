"""A report with items for the days of a range takes ten years at most, and the agenda one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.calls import UNITS, Call, first, services
from tests.services.support import person
from tests.support.statements import count_statements
from trackercore import tasks
from trackercore.schemas.fields import MAX_DAYS

START = date(2016, 3, 10)
FILLED = (
    *(Call(f"study_sessions.totals_by_{unit}", {"fill": True}) for unit in UNITS),
    *(Call(f"habits.amounts_by_{unit}", {"fill": True}) for unit in UNITS),
    *(Call(f"tasks.completed_by_{unit}", {"fill": True}) for unit in UNITS),
    *(
        Call(f"habits.{name}")
        for name in ("history", "strength_by_day", "done_by_weekday", "done_by_day")
    ),
    Call("tasks.occurrences"),
    Call("tasks.agenda"),
)


def test_the_list_has_all_services_that_return_an_item_for_each_day() -> None:
    limited = {name for name in services() if "max_days" in first(name).parameters}
    assert {call.service for call in FILLED} == limited


@pytest.mark.parametrize("call", FILLED, ids=str)
def test_a_longer_range_is_refused_unless_it_is_asked_for(session: Session, call: Call) -> None:
    ids = person(session)
    most = 366 if call.service == "tasks.agenda" else MAX_DAYS
    last = START + timedelta(days=most - 1)
    assert isinstance(call.run(session, ids, start=START, end=last), Sequence)
    beyond = last + timedelta(days=1)
    with (
        count_statements(session) as statements,
        pytest.raises(ValidationError, match=rf"{most + 1} days .* max_days={most}: give"),
    ):
        call.run(session, ids, start=START, end=beyond)
    with pytest.raises(ValidationError, match="3652059 days"):
        call.run(session, ids, start=date.min, end=date.max)
    assert statements == []
    assert isinstance(call.run(session, ids, start=START, end=beyond, max_days=most + 1), Sequence)
    with pytest.raises(ValidationError, match="max_days=10:"):
        call.run(session, ids, start=START, end=last, max_days=10)


def test_what_is_not_filled_has_no_limit(session: Session) -> None:
    ids = person(session)
    tasks.complete(session, ids.user, ids.task)
    for call in (call for call in FILLED if "fill" in call.arguments):
        whole = {"start": date.min, "end": date.max}
        assert call.run(session, ids, **whole, fill=False), call
