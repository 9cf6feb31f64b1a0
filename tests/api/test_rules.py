"""Rules through the API, on a node as it runs: drafts in its files, versions in its database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from accord.api import make_app
from accord.config import load
from accord.model import ConnectionState
from accord.node.assembly import Assembled, assembled
from accord.node.running import served
from accord.ports import Transaction
from tests.api.conftest import Api, Caller
from tests.cli.conftest import Home, make_home
from tests.cli.test_two_nodes import Running, agree, two_homes

WHY = "they want the priority"


@dataclass
class Node:
    """Blue's node with its API, and its files."""

    home: Home
    node: Assembled
    api: Api

    def edit(self, before: str, after: str) -> None:
        text = self.home.config.read_text()
        assert before in text
        self.home.config.write_text(text.replace(before, after))


@pytest.fixture
async def blue(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """It has invited another node, which published the first version; as if that had accepted."""
    home = make_home(tmp_path_factory.mktemp("node") / "blue", "blue")
    async with assembled(load(home.config)) as node:
        api = Api(make_app(served(node, lambda: None)), node.ports)
        async with api.client:
            made = await (await api.caller("admin")).post("/invitations", connection="partner")
            assert made["code"].startswith("accord1.")
            await node.store.run(_accepted)
            yield Node(home, node, api)


def _accepted(tx: Transaction) -> None:
    (pending,) = tx.connections()
    tx.put_connection(pending.model_copy(update={"state": ConnectionState.ACTIVE, "peer_node": "red"}))


@pytest.fixture
async def editor(blue: Node) -> Caller:
    return await blue.api.caller("editor")


async def test_a_draft_is_seen_compared_published_and_taken_back(blue: Node, editor: Caller) -> None:
    seen = await editor.get("/rules")
    assert [(one["number"], one["in_force"]) for one in seen["versions"]] == [(1, True)]
    assert seen["drafts"] == []
    blue.edit('priority = "both"', 'priority = "send"')
    (draft,) = (await editor.get("/rules"))["drafts"]
    assert (draft["in_force"], draft["problems"]) == (1, [])
    assert '+priority = "send"' in (await editor.get("/rules/diff", connection="partner"))["diff"]
    assert 'priority = "send"' in (await editor.get("/rules/source", version="draft", connection="partner"))["table"]

    done = await editor.post("/rules/publish", connection="partner", why=WHY)
    assert (done["published"]["version"], done["published"]["who"]) == (2, "editor of all")
    problem = await editor.problem(409, "POST", "/rules/publish", json={"connection": "partner", "why": WHY})
    assert "in force already" in problem["detail"]
    back = await editor.post("/rules/roll-back", version=1, why="it was wrong", connection="partner")
    assert (back["version"], back["why"]) == (3, "back to version 1: it was wrong")
    await editor.problem(404, "POST", "/rules/roll-back", json={"version": 9, "why": WHY, "connection": "partner"})


async def test_what_is_wrong_with_a_draft_is_told_with_its_place(blue: Node, editor: Caller) -> None:
    blue.edit('priority = "both"', 'prioritty = "both"')
    problem = await editor.problem(422, "POST", "/rules/publish", json={"connection": "partner", "why": WHY})
    assert (problem["file"], problem["field"]) == (str(blue.home.config), "connections.partner.map.prioritty")
    assert problem["line"] > 10
    checked = await editor.get("/check")
    assert (checked["good"], len(checked["problems"])) == (False, 1)
    assert len((await editor.get("/rules"))["versions"]) == 1


async def test_a_file_that_is_no_toml_is_a_problem_and_the_rest_goes_on(blue: Node, editor: Caller) -> None:
    blue.home.config.write_text("[node")
    problem = await editor.problem(422, "GET", "/rules/diff", params={"connection": "partner"})
    assert problem["file"] == str(blue.home.config)
    assert (await editor.get("/status"))["files"]["file"] == str(blue.home.config)
    assert await editor.get("/queue") == []


async def test_a_tracker_that_came_later_asks_for_a_new_start(blue: Node, editor: Caller) -> None:
    blue.home.config.write_text(blue.home.config.read_text() + '\n[trackers.other]\nkind = "markdown"\nfolder = "o"\n')
    assert (await editor.problem(409, "GET", "/check"))["remedy"] == "Start the node anew."


async def test_two_nodes_agree_and_preview_a_draft(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Blue runs; red is called by its API only."""
    blue, red = two_homes(tmp_path_factory.mktemp("two"))
    running = Running(blue)
    try:
        running.ready()
        await asyncio.to_thread(agree, blue, red)
        config = red.config.read_text().replace('summary = "both"', 'summary = { send_template = "[{key}] {value}" }')
        async with assembled(load(red.config)) as node:
            red.config.write_text(config)
            red.item("RED-9", "Fan is loud")
            api = Api(make_app(served(node, lambda: None)), node.ports)
            editor = await api.caller("editor", "partner")
            now = await editor.get("/preview", key="RED-9")
            then = await editor.get("/preview", key="RED-9", draft=True)
            assert now["sending"]["fields"]["summary"] == [None, "Fan is loud"]
            assert then["sending"]["fields"]["summary"] == [None, "[RED-9] Fan is loud"]
            lines = (await editor.ask("GET", "/previews", params={"query": "status = open", "draft": True})).text
            assert json.loads(lines.splitlines()[-1])["summary"]["sends"] == 1
            stubs = await editor.get("/rules/stubs")
            assert (stubs["module"], "class Replica" in stubs["text"]) == ("accord_partner", True)
            assert (await editor.get("/rules/replay", last=5)) == {"connection": "partner", "syncs": [], "unknown": 0}
            assert (await editor.get("/conflicts")) == []
            await api.client.aclose()
    finally:
        running.stop()
