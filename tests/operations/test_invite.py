"""Two nodes come to an agreement by the names of their own configurations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accord.config import Config, load
from accord.errors import ConfigurationInvalid, PeerRefused, UnknownThing, Unreachable
from accord.model import Connection, ConnectionState, Policy
from accord.operations.invite import accept, invite
from accord.peers.codes import Invitation
from accord.peers.invitations import Acceptance, Welcome, facts_of, redeem
from accord.peers.keys import NodeIdentity, load_node_key
from accord.peers.refusals import Refused
from accord.ports import Store
from accord.store import open_store
from tests.pair import HandClock

CONFIG = """\
[node]
name = "{name}"
url = "https://{name}.example.com"

[trackers.files]
kind = "markdown"
folder = "items"
prefix = "ITEM"

[connections.partner]
tracker = "files"
policy = "merge"

[connections.other]
tracker = "files"
"""


@dataclass
class Node:
    config: Config
    store: Store
    clock: HandClock
    me: NodeIdentity

    async def invite(self, name: str = "partner") -> str:
        return (await invite(self.config, self.store, self.clock, self.me, name)).code()

    async def accept(self, code: str, inviter: Node, name: str = "partner", *, away: bool = False) -> Connection:
        peers = Directly(inviter, away)
        return await accept(self.config, self.store, self.clock, self.me, peers, code, name)

    async def connections(self) -> list[Connection]:
        return await self.store.read(lambda tx: tx.connections())


class Directly:
    """Asks the inviter without a network; or does not reach it."""

    def __init__(self, inviter: Node, away: bool) -> None:
        self._inviter, self._away = inviter, away

    async def accept(self, invitation: Invitation, acceptance: Acceptance) -> Welcome:
        if self._away:
            raise Unreachable("The line is dead.")
        inviter, now = self._inviter, self._inviter.clock.now()
        try:
            made = await inviter.store.run(lambda tx: redeem(tx, acceptance, acceptance.node.key, now))
        except Refused as refused:
            raise PeerRefused(refused.message) from None
        return Welcome(connection=made.id, policy=made.policy, node=facts_of(inviter.me))


async def a_node(name: str, folder: Path) -> Node:
    path = folder / name / "accord.toml"
    path.parent.mkdir()
    path.write_text(CONFIG.format(name=name))
    config = load(path)
    me = NodeIdentity(name, config.node.url, load_node_key(folder / name))
    return Node(config, open_store("sqlite://", inline=True), HandClock(), me)


@pytest.fixture
async def blue(tmp_path: Path) -> AsyncIterator[Node]:
    node = await a_node("blue", tmp_path)
    yield node
    await node.store.close()


@pytest.fixture
async def red(tmp_path: Path) -> AsyncIterator[Node]:
    node = await a_node("red", tmp_path)
    yield node
    await node.store.close()


async def test_the_agreement_has_what_the_inviter_configured(blue: Node, red: Node) -> None:
    made = await red.accept(await blue.invite(), blue)
    assert (made.name, made.tracker, made.policy, made.peer_node) == ("partner", "files", Policy.MERGE, "blue")
    assert [c.state for c in await blue.connections()] == [ConnectionState.ACTIVE]


async def test_inviting_again_replaces_a_code_that_was_not_used(blue: Node, red: Node) -> None:
    first = await blue.invite()
    second = await blue.invite()
    with pytest.raises(PeerRefused):
        await red.accept(first, blue)
    assert (await red.accept(second, blue)).state is ConnectionState.ACTIVE
    assert len(await blue.connections()) == 1


async def test_a_connection_in_force_is_not_invited_again(blue: Node, red: Node) -> None:
    await red.accept(await blue.invite(), blue)
    with pytest.raises(ConfigurationInvalid, match="partner is in force already, with red at https://red"):
        await blue.invite()
    with pytest.raises(ConfigurationInvalid, match="in force already"):
        await red.accept(await blue.invite("other"), blue)


async def test_accepting_may_be_repeated_when_the_inviter_was_away(blue: Node, red: Node) -> None:
    code = await blue.invite()
    with pytest.raises(Unreachable):
        await red.accept(code, blue, away=True)
    assert (await red.accept(code, blue)).state is ConnectionState.ACTIVE


async def test_an_invitation_that_came_to_nothing_is_no_hindrance(blue: Node, red: Node) -> None:
    with pytest.raises(Unreachable):
        await red.accept(await blue.invite("other"), blue, away=True)
    assert (await red.accept(await blue.invite(), blue)).state is ConnectionState.ACTIVE
    live = [c for c in await red.connections() if c.state is not ConnectionState.REMOVED]
    assert [c.name for c in live] == ["partner"]


async def test_who_could_not_accept_may_invite_instead(blue: Node, red: Node) -> None:
    with pytest.raises(Unreachable):
        await red.accept(await blue.invite(), blue, away=True)
    code = await red.invite()
    assert (await blue.accept(code, red)).peer_node == "red"


@pytest.mark.parametrize("name", ["partnr", "nobody"])
async def test_the_connection_must_be_configured(blue: Node, red: Node, name: str) -> None:
    with pytest.raises(UnknownThing, match=rf"no \[connections.{name}\] in accord.toml"):
        await blue.invite(name)
    with pytest.raises(UnknownThing):
        await red.accept(await blue.invite(), blue, name)
    assert await red.connections() == []


async def test_a_damaged_code_changes_nothing(blue: Node, red: Node) -> None:
    code = await blue.invite()
    with pytest.raises(ConfigurationInvalid, match="incomplete or has a typing error"):
        await red.accept(code[:-3], blue)
    assert await red.connections() == []
