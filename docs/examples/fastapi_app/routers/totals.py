"""Sums of study time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fastapi_app.dependencies import (
    CurrentUser,
    Fill,
    OfTopic,
    OpenRange,
    OptionalDay,
    SessionDep,
    StudyDep,
    Unit,
)
from trackercore import Streak, TagTotals, TopicTotal, Total, study_sessions

router = APIRouter(prefix="/study", tags=["study"])

Threshold = Annotated[int, Query(description="Minutes of study from which a day counts.")]

BY = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
}


@router.get("/total")
def read_total(session: SessionDep, user: CurrentUser, days: OpenRange, study: StudyDep) -> Total:
    return study_sessions.total(session, user.id, *days, **study)


@router.get("/totals/topic")
def read_totals_by_topic(
    session: SessionDep, user: CurrentUser, days: OpenRange, study: StudyDep, fill: Fill = False
) -> list[TopicTotal]:
    return study_sessions.totals_by_topic(session, user.id, *days, fill=fill, **study)


@router.get("/totals/tag")
def read_totals_by_tag(
    session: SessionDep, user: CurrentUser, days: OpenRange, study: StudyDep, fill: Fill = False
) -> TagTotals:
    return study_sessions.totals_by_tag(session, user.id, *days, fill=fill, **study)


@router.get("/totals/{unit}")
def read_totals(
    session: SessionDep,
    user: CurrentUser,
    unit: Unit,
    days: OpenRange,
    study: StudyDep,
    fill: Fill = False,
) -> list[Total]:
    return BY[unit](session, user.id, *days, fill=fill, **study)


@router.get("/rolling")
def read_rolling(
    session: SessionDep,
    user: CurrentUser,
    n_days: Annotated[int, Query(ge=1, le=3660, description="How many days up to as_of.")],
    study: StudyDep,
    as_of: OptionalDay = None,
) -> Total:
    return study_sessions.rolling(session, user.id, n_days, as_of=as_of, **study)


@router.get("/streak")
def read_study_streak(
    session: SessionDep,
    user: CurrentUser,
    threshold_minutes: Threshold = 1,
    topic_id: OfTopic = None,
    as_of: OptionalDay = None,
) -> Streak:
    return study_sessions.streak(
        session, user.id, threshold_minutes=threshold_minutes, topic_id=topic_id, as_of=as_of
    )
