"""The application: its database, routers and error handlers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from fastapi_app import errors
from fastapi_app.routers import ROUTERS
from trackercore import Database


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    database: Database = app.state.database
    await run_in_threadpool(database.init)
    yield
    await run_in_threadpool(database.dispose)


def create_app(database: Database | None = None) -> FastAPI:
    """An application on this database; default DATABASE_URL, else the file trackercore.db."""
    app = FastAPI(title="Habits, tasks and study", lifespan=lifespan)
    app.state.database = database or Database()
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=errors.RESPONSES)
    return app


app = create_app()
