"""Errors as problem details (RFC 9457). An error that is not listed here is a 500, and logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from trackercore import Conflict, InvalidInput, NotAllowed, NotFound, RefusalReason, TrackerError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
EXPLAINED_AT = "https://example.com/problems/"
"""Put the address of your own documentation here, which has a page for each code."""

STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    Conflict: 409,
    NotAllowed: 409,
    InvalidInput: 422,
    ValidationError: 422,
    RequestValidationError: 422,
}


class Problem(BaseModel):
    """Why a request was refused. The facts, such as `habit_id` or `day`, are members too."""

    type: str = Field(description="Where the code is explained.")
    title: str = Field(description="What happened, in a few words.")
    status: int = Field(description="The status of the response.")
    detail: str = Field(description="What happened, in a sentence for developers.")
    code: str = Field(description="What happened, for programs.")
    errors: list[dict[str, Any]] = Field(
        default=[], description="The values that are wrong by themselves, with loc, type and ctx."
    )


def _refused(description: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: _refused("The body cannot be parsed"),
    401: _refused("Nobody is signed in"),
    403: _refused("For administrators only"),
    404: _refused("No such row, or another user's"),
    409: _refused("The name is taken, or the state does not allow it"),
    422: _refused("A value is wrong"),
}


async def explain(request: Request, error: Exception) -> Response:
    """Say what is wrong, for programs and for developers."""
    if isinstance(error, ValidationError):
        # Usually a service refused an argument. But a model that does not accept a stored row, or
        # a value of your own code, raises the same error: look into the log.
        logger.warning("422 to %s %r", request.method, request.url.path, exc_info=error)
    if isinstance(error, HTTPException):
        return respond(
            error.status_code, f"http_{error.status_code}", error.detail, headers=error.headers
        )
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if isinstance(error, TrackerError):
        return respond(status, error.code, str(error), error.facts)
    return respond(status, "wrong_values", "a value is wrong", {"errors": wrong_values(error)})


def wrong_values(error: Any) -> list[dict[str, object]]:
    """What is wrong with which values, without the values, which may be secrets."""
    members = ("loc", "type", "msg", "ctx")
    return [{key: one[key] for key in members if key in one} for one in error.errors()]


def respond(
    status: int,
    code: str,
    detail: str,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document."""
    title = code.replace("_", " ").capitalize()
    problem = {"type": EXPLAINED_AT + code, "title": title, "status": status, "detail": detail}
    # It may contain names that the client made up, with text that UTF-8 cannot encode: `dumps`
    # writes ASCII.
    content = json.dumps({**problem, "code": code, **(facts or {})}, default=_as_json)
    return Response(content, status, headers, media_type=MEDIA_TYPE)


def _as_json(value: object) -> object:
    if isinstance(value, RefusalReason):
        return vars(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def install(app: FastAPI) -> None:
    for kind in (*STATUSES, HTTPException):
        app.add_exception_handler(kind, explain)
