"""Goals of daily study."""

from __future__ import annotations

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, OfTopic, OptionalDay, SessionDep
from trackercore import (
    GoalProgress,
    Streak,
    StudyGoal,
    StudyGoalCreate,
    StudyGoalRead,
    study_sessions,
)

router = APIRouter(prefix="/goals", tags=["goals"])


@router.get("", response_model=list[StudyGoalRead])
def read_goals(session: SessionDep, user: CurrentUser) -> list[StudyGoal]:
    return study_sessions.goals(session, user.id)


@router.post("", response_model=StudyGoalRead)
def set_goal(
    session: SessionDep,
    user: CurrentUser,
    data: StudyGoalCreate,
    effective_from: OptionalDay = None,
) -> StudyGoal:
    return study_sessions.set_goal(session, user.id, data, effective_from=effective_from)


@router.get("/progress")
def read_goal_progress(
    session: SessionDep, user: CurrentUser, day: OptionalDay = None, topic_id: OfTopic = None
) -> GoalProgress:
    return study_sessions.goal_progress(session, user.id, day, topic_id=topic_id)


@router.get("/streak")
def read_goal_streak(
    session: SessionDep, user: CurrentUser, topic_id: OfTopic = None, as_of: OptionalDay = None
) -> Streak:
    return study_sessions.goal_streak(session, user.id, topic_id=topic_id, as_of=as_of)
