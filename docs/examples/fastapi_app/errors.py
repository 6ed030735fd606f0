"""Errors as responses. An error that is not listed here is a 500, and logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from trackercore import Conflict, InvalidInput, NotAllowed, NotFound

logger = logging.getLogger(__name__)

STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    Conflict: 409,
    NotAllowed: 409,
    InvalidInput: 422,
    ValidationError: 422,
    RequestValidationError: 422,
}


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str = Field(description="What is wrong, in one sentence.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body cannot be parsed"},
    401: {"model": Problem, "description": "Nobody is signed in"},
    403: {"model": Problem, "description": "For administrators only"},
    404: {"model": Problem, "description": "No such row, or another user's"},
    409: {"model": Problem, "description": "The name is taken, or the state does not allow it"},
}


async def explain(request: Request, error: Exception) -> Response:
    """Say what is wrong, in the form of FastAPI's own errors."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if isinstance(error, ValidationError):
        # Usually a service refused an argument. But a model that does not accept a stored row, or
        # a value of your own code, raises the same error: look into the log.
        logger.warning("422 to %s %r", request.method, request.url.path, exc_info=error)
    # It may contain names that the client made up, with text that UTF-8 cannot encode: `dumps`
    # writes ASCII.
    content = json.dumps({"detail": details(error)})
    return Response(content, status, media_type="application/json")


def details(error: Exception) -> str | list[dict[str, object]]:
    """What is wrong, without the input, which may be a secret."""
    if isinstance(error, ValidationError | RequestValidationError):
        errors: Sequence[Any] = error.errors()
        return [{key: one[key] for key in ("loc", "msg", "type")} for one in errors]
    if isinstance(error, InvalidInput):
        return [{"loc": [], "msg": str(error), "type": type(error).__name__}]
    return str(error)


def install(app: FastAPI) -> None:
    for kind in STATUSES:
        app.add_exception_handler(kind, explain)
