"""The network between the nodes: it loses, doubles, delays and cuts off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from accord.errors import AccordError, ItemGone, PeerRefused, Unreachable
from accord.model import Connection, Message
from accord.ports import Answer
from tests.simulation.life import Life
from tests.simulation.ports import fetched

if TYPE_CHECKING:
    from tests.simulation.node import Node

TIMES_OUT = 30.0


class Network:
    """`accord.ports.Peers` of one life of a node."""

    def __init__(self, life: Life) -> None:
        self._life, self._world = life, life.world

    async def send(self, connection: Connection, message: Message) -> Answer:
        """Over the wire and back. Raises Unreachable, and what the other node refuses."""
        wire = message.model_dump_json(exclude_unset=True)
        label = f"sending {message.kind} {message.sequence} of {message.key}"
        fault = await self._life.arrive("send", label)
        other = self._other(connection)
        if fault and fault.what == "lost":
            self._world.say(f"{label}: lost on the way")
            raise Unreachable("The message was lost.")
        if fault and fault.what == "late":
            self._world.say(f"{label}: under way for {fault.seconds:.0f} s")
            self._world.later(fault.seconds, self._stray(other, wire))
            await asyncio.sleep(TIMES_OUT)
            raise Unreachable("No answer in time.")
        answer = await self._delivered(other, wire)
        if fault and fault.what == "twice":
            self._world.say(f"{label}: comes once more after {fault.seconds:.0f} s")
            self._world.later(fault.seconds, self._stray(other, wire))
        if fault and fault.what == "answer lost":
            self._world.say(f"{label}: arrives, but the answer is lost")
            raise Unreachable("The answer was lost.")
        await self._life.leave(fault, "send", label)
        return answer

    async def fetch_blob(self, connection: Connection, sha256: str, target: Path) -> None:
        """Bytes that were offered; a transfer that is cut off goes on where it stopped."""
        fault = await self._life.arrive("fetch", "fetching a file")
        other = self._other(connection)
        if fault and fault.what == "lost":
            raise Unreachable("The request was lost.")
        life, service = other.life, other.service
        if life is None or service is None:
            raise Unreachable("The other node is down.")
        task = life.start(service.blob(other.connections[connection.id], sha256))
        await asyncio.wait([task])
        if not task.cancelled() and isinstance(task.exception(), ItemGone):
            raise PeerRefused("The item of this attachment is gone.", status=410)
        if task.cancelled() or task.exception():
            raise Unreachable("The other node failed.")
        path = task.result()
        if path is None:
            raise PeerRefused("No such attachment was offered through this connection.", status=404)
        cut = fault is not None and fault.what == "cut off"
        fetched(path, target, cut)
        if cut:
            self._world.say("a file is cut off half-way")
            raise Unreachable("The connection broke.")
        await self._life.leave(fault, "fetch", "fetching a file")

    def _other(self, connection: Connection) -> Node:
        other = self._world.across(self._life.node, connection.id)
        if self._world.is_cut(self._life.node, other.name):
            raise Unreachable("The other node can't be reached.")
        return other

    async def _delivered(self, other: Node, wire: str) -> Answer:
        """What the other node answers. It does so in a life of its own, which may end in the middle."""
        life, service = other.life, other.service
        if life is None or service is None:
            raise Unreachable("The other node is down.")
        message = Message.model_validate_json(wire)
        self._world.messages += 1
        task = life.start(service.receive(other.connections[message.connection], message))
        await asyncio.wait([task])
        if task.cancelled():
            raise Unreachable("The other node broke off.")
        error = task.exception()
        if isinstance(error, PeerRefused):
            raise error
        if error is not None:
            if not isinstance(error, AccordError):
                self._world.fail("the peer server fails", repr(error))
            raise Unreachable("The other node answered 503.")
        return task.result()

    async def _stray(self, other: Node, wire: str) -> None:
        """A message that nobody waits for any more."""
        try:
            await self._delivered(other, wire)
        except AccordError:
            return
