"""The real app over a real store: one of two sides in one process, called through ASGI."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI

from accord.api import Served, make_app
from accord.config import load
from accord.operations.tokens import create_token
from accord.peers.keys import NodeIdentity, load_node_key
from accord.ports import Ports, Role
from tests.operations.conftest import synced, two
from tests.pair import Pair

__all__ = ["synced", "two"]

CONFIG = """
[node]
name = "blue"
[trackers.blue]
kind = "markdown"
folder = "items"
[connections.blue-other]
tracker = "blue"
"""


@dataclass
class Caller:
    """A program with a token. Its answers are JSON; `problem` awaits one that is none, with its status."""

    client: httpx.AsyncClient
    secret: str | None
    description: Any = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = self.headers | request.pop("headers", {})
        answer = await self.client.request(method, f"/api/v1{path}", headers=headers, **request)
        if answer.status_code == 200 and answer.headers["content-type"] == "application/json":
            self._check_schema(method, path, answer)
        return answer

    def _check_schema(self, method: str, path: str, answer: httpx.Response) -> None:
        """What is answered is what the description says."""
        paths = self.description["paths"] if self.description else {}
        for described, methods in paths.items():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", described), f"/api/v1{path}") and method.lower() in methods:
                told = methods[method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
                jsonschema_rs.validate(told | {"components": self.description["components"]}, answer.json())

    async def get(self, path: str, **params: Any) -> Any:
        return self._good(await self.ask("GET", path, params=params))

    async def post(self, path: str, **body: Any) -> Any:
        return self._good(await self.ask("POST", path, json=body))

    async def problem(self, status: int, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self.ask(method, path, **request)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        assert {"type", "title", "detail"} <= problem.keys()
        return problem

    @staticmethod
    def _good(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


class Api:
    """One node's API, and who may call it."""

    def __init__(self, app: FastAPI, ports: Ports) -> None:
        self.app, self.ports = app, ports
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://accord")

    async def caller(self, role: str | None, connection: str | None = None, name: str = "") -> Caller:
        """Somebody with a new token of this role; None has no token."""
        if role is None:
            return Caller(self.client, None)
        called = name or f"{role} of {connection or 'all'}"
        made = await create_token(self.ports, called, Role(role), who="anna", connection=connection)
        return Caller(self.client, made.secret, self.app.openapi())


def served_by(side: Any, folder: Path) -> Served:
    """What the API of one of two sides works with."""
    folder.mkdir(exist_ok=True)
    (folder / "items").mkdir(exist_ok=True)
    (folder / "accord.toml").write_text(CONFIG)
    config = load(folder / "accord.toml")
    identity = NodeIdentity("blue", config.node.url, load_node_key(folder / "data"))
    return Served(config, side.ports, identity, None, lambda _: side.ports.agreement)  # type: ignore[arg-type]


@pytest.fixture
async def api(two: Pair, tmp_path: Path) -> AsyncIterator[Api]:
    """Blue's."""
    one = Api(make_app(served_by(two.blue, tmp_path / "blue-node")), two.blue.ports)
    async with one.client:
        yield one


@pytest.fixture
async def viewer(api: Api) -> Caller:
    return await api.caller("viewer")


@pytest.fixture
async def operator(api: Api) -> Caller:
    return await api.caller("operator")


@pytest.fixture
async def admin(api: Api) -> Caller:
    return await api.caller("admin")
