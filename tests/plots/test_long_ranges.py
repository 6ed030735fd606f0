"""Frames and pictures of a range refuse one that is too long, as the services do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.support import NOW, person
from trackercore import frames, plots

START = date(2016, 3, 10)


def test_the_limit_is_passed_on(session: Session) -> None:
    ids = person(session)
    of_ranges: tuple[Callable[..., object], ...] = (
        partial(frames.history, session, ids.user, ids.habit, now=NOW),
        partial(frames.weekdays, session, ids.user, ids.habit, now=NOW),
        partial(frames.amounts, session, ids.user, ids.habit, fill=True),
        partial(plots.amounts, session, ids.user, ids.habit),
        partial(frames.strength, session, ids.user, now=NOW),
        partial(plots.strength, session, ids.user, now=NOW),
        partial(frames.totals, session, ids.user, fill=True),
        partial(frames.seconds_by_topic, session, ids.user),
        partial(frames.minutes_by_topic, session, ids.user),
        partial(plots.weeks, session, ids.user),
        partial(plots.completed_tasks, session, ids.user),
    )
    for of_range in of_ranges:
        end = START + timedelta(days=19)
        assert of_range(start=START, end=end, max_days=20) is not None
        with pytest.raises(ValidationError, match="are more than max_days="):
            of_range(start=START, end=end + timedelta(days=1), max_days=20)
        with pytest.raises(ValidationError, match="are more than max_days="):
            of_range(start=START, end=date.max)


def test_topics_have_no_limit_as_the_range_does_not_make_more_of_them(session: Session) -> None:
    ids = person(session)
    for filled in (False, True):
        frame = frames.totals(
            session, ids.user, start=date.min, end=date.max, by="topic", fill=filled
        )
        assert list(frame.index) == ["SQL"]
