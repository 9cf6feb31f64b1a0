"""The description of the API is true: requests drawn from it are answered as it says, over a real socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import positive_data_acceptance

from accord.api import make_app
from accord.api.roles import ROLES
from accord.operations.tokens import create_token
from accord.ports import Role
from tests.api.conftest import served_by
from tests.pair import pair

EXAMPLES = 5


class Serving(threading.Thread):
    """Blue's API on a port of its own, in a thread and loop of its own, with an item under sync."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder, self._ready, self._server = folder, threading.Event(), None
        self.url = self.secret = ""

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with pair(self._folder) as two:
            two.blue.tracker.person_creates(summary="Login fails", status="open")
            await two.settle()
            ports = two.blue.ports
            self.secret = (await create_token(ports, "tester", Role.ADMIN, who="anna")).secret
            listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            app = make_app(served_by(two.blue, self._folder / "node"))
            self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            self._ready.set()
            await self._server.serve([listener])

    def begin(self) -> None:
        self.start()
        assert self._ready.wait(30)

    def end(self) -> None:
        assert self._server
        self._server.should_exit = True
        self.join(30)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    one = Serving(tmp_path_factory.mktemp("contract"))
    one.begin()
    yield one
    one.end()


def test_answers_are_as_described(serving: Serving) -> None:
    schema = schemathesis.openapi.from_url(f"{serving.url}/api/openapi.json")
    headers = {"Authorization": f"Bearer {serving.secret}"}
    seen = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        seen.add(operation.definition.raw["operationId"])

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def answers_as_described(case: Any) -> None:
            # Not all that is asked for can be said by a schema, such as one of two parameters.
            case.call_and_validate(headers=headers, timeout=20, excluded_checks=[positive_data_acceptance])

        answers_as_described()
    assert seen == ROLES.keys()
