"""The app: routes, their guards, limits, and its own description."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accord.api import access, agreeing, deciding, items, jobs, looking, mending, previewing, rules
from accord.api.admission import bearer
from accord.api.answers import COMMON
from accord.api.page import page
from accord.api.problems import Refused, handle_problems, told
from accord.api.roles import ROLES
from accord.api.served import Served

MOUNT = "/api/v1"
BODY_BYTES = 256 << 10
TOO_LARGE = f"A request may have {BODY_BYTES >> 10} KiB."
DESCRIPTION = (
    "What `accord` does on the command line, for programs. Every request carries a token "
    "(`Authorization: Bearer ...`, made by `accord token create`), whose role says what it may do. What goes wrong is "
    "told as `application/problem+json`: what happened, who must act, and what to do next."
)
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
)
SUBJECTS = (previewing, looking, items, deciding, mending, jobs, rules, agreeing, access)


def make_app(served: Served) -> FastAPI:
    """The API of one node, under `/api`."""
    app = FastAPI(
        title="Accord",
        summary="The API of an Accord node",
        description=DESCRIPTION,
        version=version("accord-sync"),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
    )
    app.state.served = served
    app.include_router(_routes())
    app.add_api_route("/api/docs", _docs, include_in_schema=False)
    app.add_middleware(Bounds)
    handle_problems(app)
    return app


def _routes() -> APIRouter:
    """All operations. The bearer is for the docs: `GuardedRoute` is what lets nobody in."""
    routes = APIRouter(prefix=MOUNT, dependencies=[Depends(bearer)], responses=COMMON, max_body_size=BODY_BYTES)
    for subject in SUBJECTS:
        routes.include_router(subject.router)
    return routes


def _name_of(route: APIRoute) -> str:
    return route.name


class Bounds:
    """Requests have their limit. Answers are kept nowhere on their way, and are nothing but what they say they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _length(scope) > BODY_BYTES:
            await told(Refused(413, TOO_LARGE))(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)


def _length(scope: Scope) -> int:
    """Of the body, as far as it is told beforehand: where it is not, it is counted."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


async def _docs(request: Request) -> Response:
    return page(request.app.openapi(), {name: role.value for name, role in ROLES.items()})
