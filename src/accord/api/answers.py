"""How operations answer: JSON as `accord ... --json` gives it, and how the docs describe it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from accord.api.problems import MEDIA_TYPE, Problem
from accord.operations.telling import as_json

PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
COMMON: dict[int | str, dict[str, Any]] = {
    401: {**PROBLEM, "description": "There is no valid token."},
    403: {**PROBLEM, "description": "The token may not do this."},
    404: {**PROBLEM, "description": "There is no such thing."},
    409: {**PROBLEM, "description": "It can't be done as things stand."},
    413: {**PROBLEM, "description": "The request is too large."},
    422: {**PROBLEM, "description": "The request, a configuration or a rule is not valid."},
    503: {
        **PROBLEM,
        "description": "A tracker or node does not answer just now.",
        "headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    },
}


def answer(data: Any, status: int = 200) -> Response:
    """Data as JSON."""
    return Response(as_json(data), status, media_type="application/json")


def shown(example: Any) -> dict[int | str, dict[str, Any]]:
    """An example of the answer, for the docs."""
    return {200: {"content": {"application/json": {"example": example}}}}
