"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import math
import traceback
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from accord.errors import (
    AccordError,
    ConfigurationInvalid,
    ItemGone,
    RuleFailed,
    Throttled,
    UnknownThing,
    WaitAndRetry,
    WriteRefused,
)
from accord.operations.telling import as_json

log = structlog.get_logger("accord.api")

MEDIA_TYPE = "application/problem+json"
AGAIN_SECONDS = 5.0
SHOWN = 100
# The first that fits; other errors of ours say that things do not stand as they would have to: 409.
STATUS: tuple[tuple[type[AccordError], int], ...] = (
    (WaitAndRetry, 503),
    (UnknownThing, 404),
    (ItemGone, 404),
    (ConfigurationInvalid, 422),
    (RuleFailed, 422),
    (WriteRefused, 422),
)
TITLES = {400: "The request can't be read.", 404: "There is nothing at this address.", 405: "Not by this method."}


class Refused(AccordError):
    """The request was turned away."""

    who = "caller"

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None, **where: Any) -> None:
        super().__init__(message, **where)
        self.status, self.headers = status, headers or {}


class Problem(BaseModel):
    """What went wrong, who must act, and what to do next."""

    type: str = Field(description="A name for this kind of problem.", examples=["urn:accord:error:UnknownThing"])
    title: str = Field(description="The kind of problem in words.", examples=["There is no such thing."])
    status: int = Field(examples=[404])
    detail: str = Field(description="What happened.", examples=["PAY-21 is not under sync."])
    remedy: str | None = Field(None, description="What to do next.", examples=["Did you mean 'PAY-12'?"])
    who: str | None = Field(None, description="Who must act.", examples=["operator"])
    item: str | None = Field(None, description="The item that it is about.", examples=["PAY-21"])
    step: str | None = Field(None, description="The step of the sync that failed.", examples=["outgoing"])
    side: str | None = Field(None, description="The tracker that it is about.")
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = Field(None, description="The field that is wrong.", examples=["connection"])
    value: str | None = Field(None, description="What it holds.", examples=["partnr"])
    problems: list[dict[str, Any]] | None = Field(None, description="Each of several things that are wrong.")


def told(error: AccordError) -> Response:
    """An error of ours as an answer."""
    problem = error.to_json()
    data = {
        "type": f"urn:accord:error:{problem.pop('error')}",
        "title": (type(error).__doc__ or "").strip().splitlines()[0],
        "status": status_of(error),
        "detail": problem.pop("message"),
        **problem,
    }
    several = getattr(error, "problems", None)
    if several:
        data["problems"] = [one.to_json() for one in several]
    return _answer(data, _headers(error))


def status_of(error: AccordError) -> int:
    """The HTTP status that says it best."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in STATUS if isinstance(error, kind)), 409)


def handle_problems(app: FastAPI) -> None:
    """Every answer that is no success is a problem."""
    app.add_exception_handler(AccordError, _of_ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _bug)


async def _of_ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, AccordError), "registered for nothing else"
    return told(error)


async def _invalid(_: Request, error: Exception) -> Response:
    """All fields that are wrong. Their values are not said back: secrets may be among them."""
    assert isinstance(error, RequestValidationError), "registered for nothing else"
    found = [
        {"field": ".".join(map(str, one["loc"][1:])) or str(one["loc"][0]), "message": one["msg"]}
        for one in error.errors()[:SHOWN]
    ]
    first = found[0]
    data: dict[str, Any] = {
        "type": "urn:accord:error:InvalidRequest",
        "title": "The request is not valid.",
        "status": 422,
        "detail": f"{first['field']}: {first['message']}.",
        "remedy": "See what is asked for: /api/docs.",
        "who": "caller",
        "field": first["field"],
        "problems": found,
    }
    return _answer(data)


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for nothing else"
    detail = str(error.detail)
    data = {
        "type": "about:blank",
        "title": TITLES.get(error.status_code, detail),
        "status": error.status_code,
        "detail": detail,
        "remedy": "See what there is: /api/docs.",
        "who": "caller",
    }
    return _answer(data, dict(error.headers or {}))


async def _bug(request: Request, error: Exception) -> Response:
    # Only the type and place: texts of errors may hold anything, secrets too.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
    log.error("api.bug", error=type(error).__name__, at=place, method=request.method, path=request.url.path)
    data = {
        "type": "urn:accord:error:Bug",
        "title": "Accord met a bug of its own.",
        "status": 500,
        "detail": f"Accord met a bug of its own: {type(error).__name__}.",
        "remedy": "Please report it with what the node's log says.",
        "who": "Accord",
    }
    return _answer(data)


def _headers(error: AccordError) -> dict[str, str]:
    if isinstance(error, Refused):
        return error.headers
    if isinstance(error, WaitAndRetry):
        after = error.retry_after if isinstance(error, Throttled) else AGAIN_SECONDS
        return {"Retry-After": str(max(1, math.ceil(after)))}
    return {}


def _answer(data: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(as_json(data), data["status"], headers, media_type=MEDIA_TYPE)
