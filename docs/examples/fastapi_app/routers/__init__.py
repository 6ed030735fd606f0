"""One router per entity. Each endpoint is one call of a service."""

from __future__ import annotations

from fastapi_app.routers import (
    admin,
    categories,
    goals,
    habits,
    overview,
    streaks,
    study_sessions,
    tags,
    tasks,
    timer,
    topics,
    totals,
    users,
)

ROUTERS = [
    module.router
    for module in (
        users,
        overview,
        tasks,
        categories,
        tags,
        habits,
        streaks,
        topics,
        study_sessions,
        timer,
        totals,
        goals,
        admin,
    )
]
