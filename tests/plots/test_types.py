"""Frames and plots are typed and documented."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import assert_type, get_type_hints

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sqlalchemy.orm import Session

from tests.support.learner import END, NOW, START, Learner
from tests.typing.test_public_api import mentions_any
from trackercore import frames, plots


def test_every_call_is_typed(session: Session, ada: Learner) -> None:
    totals = frames.totals(session, ada.id, start=START, end=END, by="week", fill=True)
    assert_type(totals, pd.DataFrame)
    assert_type(
        frames.minutes_by_topic(session, ada.id, start=START, end=END, by="month"), pd.DataFrame
    )
    assert_type(
        frames.amounts(session, ada.id, ada.run, start=START, end=END, by="month"), pd.DataFrame
    )
    assert_type(frames.check_ins(session, ada.id, ada.run, start=START), pd.DataFrame)
    assert_type(frames.sessions(session, ada.id, topic_id=ada.sql, end=END), pd.DataFrame)
    assert_type(
        frames.history(session, ada.id, ada.run, start=START, end=END, now=NOW), pd.DataFrame
    )
    strong = frames.strength(session, ada.id, ada.run, start=START, end=END, now=NOW)
    assert_type(strong, pd.DataFrame)
    on_weekdays = frames.weekdays(session, ada.id, ada.run, start=START, end=END, now=NOW)
    assert_type(on_weekdays, pd.DataFrame)
    counted = frames.done_by_day(session, ada.id, start=START, end=END, now=NOW)
    assert_type(counted, pd.DataFrame)
    assert_type(plots.done_calendar(session, ada.id, year=2026, now=NOW), Axes)
    ax = plots.calendar(session, ada.id, habit_id=ada.run, year=2026, now=NOW)
    assert_type(ax, Axes)
    on = Figure().add_subplot()
    assert_type(plots.amounts(session, ada.id, ada.run, start=START, end=END, by="day"), Axes)
    assert_type(plots.completed_tasks(session, ada.id, start=START, end=END, by="month"), Axes)
    assert_type(plots.weeks(session, ada.id, start=START, end=END, limit=3, ax=on), Axes)
    assert_type(plots.strength(session, ada.id, [ada.run], start=START, end=END, limit=3), Axes)
    assert_type(plots.streaks(session, ada.id, [ada.run], limit=2, as_of=END, ax=None), Axes)


@pytest.mark.parametrize("module", [frames, plots])
def test_a_module_exports_its_functions_and_nothing_else(module: ModuleType) -> None:
    exported: list[str] = module.__all__
    assert exported == sorted(exported)
    assert all(inspect.isfunction(getattr(module, name)) for name in exported)


@pytest.mark.parametrize("module", [frames, plots])
def test_every_argument_is_typed_and_described(module: ModuleType) -> None:
    """By the function, or by its package for all its functions."""
    for function in map(vars(module).get, module.__all__):
        assert callable(function)
        hints = get_type_hints(function)
        parameters = set(inspect.signature(function).parameters)
        assert hints.keys() == parameters | {"return"}
        assert not any(map(mentions_any, hints.values()))
        described = (function.__doc__ or "").partition("Args:")[2]
        for name in parameters:
            assert f" {name}:" in described or f"`{name}`" in (module.__doc__ or ""), name
