"""Errors, as responses. What is not named here is a 500, and in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

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

    detail: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body cannot be parsed"},
    401: {"model": Problem, "description": "Nobody is signed in"},
    403: {"model": Problem, "description": "Not for this user"},
    404: {"model": Problem, "description": "No such row, or somebody else's"},
    409: {"model": Problem, "description": "Taken, or not allowed in this state"},
}


async def explain(request: Request, error: Exception) -> Response:
    """Tell the client what was wrong, in the form of FastAPI's own errors."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if isinstance(error, ValidationError):
        # Mostly an argument that a service refuses. But a stored row that no model takes, or an
        # answer of the host's own, raises the same, and that is for the host to mend.
        logger.warning("422 to %s %r", request.method, request.url.path, exc_info=error)
    # Names that a client made up are in it, and may be text that UTF-8 cannot hold: `dumps` writes
    # ASCII.
    content = json.dumps({"detail": details(error)})
    return Response(content, status, media_type="application/json")


def details(error: Exception) -> str | list[dict[str, object]]:
    """What was wrong, without the input: it may be a secret."""
    if isinstance(error, ValidationError | RequestValidationError):
        found: Sequence[Any] = error.errors()
        return [{key: one[key] for key in ("loc", "msg", "type")} for one in found]
    if isinstance(error, InvalidInput):
        return [{"loc": [], "msg": str(error), "type": type(error).__name__}]
    return str(error)


def install(app: FastAPI) -> None:
    for kind in STATUSES:
        app.add_exception_handler(kind, explain)
