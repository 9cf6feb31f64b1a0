"""Two owners, each with a tracker and a node, connected with each other."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from accord.testing.redmine import RedmineServer
from accord.testing.roundup import RoundupServer
from accord.testing.rt import RTServer
from tests.soak import words
from tests.soak.configs import (
    CONNECTION,
    accord_toml,
    markdown_tracker,
    redmine_tracker,
    roundup_tracker,
    rt_tracker,
    tracker_yaml,
)
from tests.soak.folder import Folder
from tests.soak.nodes import Node, free_port
from tests.soak.place import Place, Words
from tests.soak.redmine import Redmine
from tests.soak.roundup import Roundup
from tests.soak.rt import RT

PAIRS = (
    "roundup-markdown",
    "markdown-markdown",
    "roundup-roundup",
    "redmine-markdown",
    "redmine-roundup",
    "rt-markdown",
    "redmine-rt",
)
VOCABULARIES = {"roundup": words.ROUNDUP, "redmine": words.REDMINE, "rt": words.RT}
PASSWORD = "ACCORD_SOAK_PASSWORD"


@dataclass(frozen=True)
class World:
    """`nodes[i]` speaks to the tracker of `places[i]`; the first one has invited the other."""

    places: tuple[Place, Place]
    nodes: tuple[Node, Node]


@dataclass(frozen=True)
class _Owner:
    """One side, before its node starts: its tracker, and what its `accord.toml` and environment say of it."""

    place: Place
    tracker: str
    secrets: dict[str, str]


@asynccontextmanager
async def world(pair: str, folder: Path, dice: random.Random) -> AsyncIterator[World]:
    """Everything running and connected. Raises NodeFailed, and what a tracker raises that
    does not start."""
    kinds = pair.split("-")
    own = (words.NORTH, words.SOUTH)
    vocabularies = [VOCABULARIES.get(kind, other) for kind, other in zip(kinds, own, strict=True)]
    with ExitStack() as stack:
        owners = [
            _owner(kind, name, folder / name, vocabulary, random.Random(dice.random()), stack)
            for kind, name, vocabulary in zip(kinds, ("north", "south"), vocabularies, strict=True)
        ]
        north, south = owners
        nodes = (_node(north, south, folder), _node(south, north, folder))
        for node in nodes:
            stack.callback(node.stop)
            node.start()
        for node in nodes:
            await node.ready()
        await nodes[1].accept(await nodes[0].invite(CONNECTION), CONNECTION)
        yield World((north.place, south.place), nodes)


def _owner(
    kind: str, name: str, folder: Path, vocabulary: Words, dice: random.Random, stack: contextlib.ExitStack
) -> _Owner:
    folder.mkdir(parents=True)
    if kind == "roundup":
        server = stack.enter_context(RoundupServer.start(folder / "roundup", strict=True))
        place = Roundup(name, server, vocabulary, dice)
        return _Owner(place, roundup_tracker(server.url), {PASSWORD: server.password("syncbot")})
    if kind == "redmine":
        redmine = stack.enter_context(RedmineServer.start(folder / "redmine"))
        secrets = {PASSWORD: redmine.key("syncbot")}
        return _Owner(Redmine(name, redmine, vocabulary, dice), redmine_tracker(redmine.url), secrets)
    if kind == "rt":
        rt = stack.enter_context(RTServer.start(folder / "rt"))
        return _Owner(RT(name, rt, vocabulary, dice), rt_tracker(rt.url), {PASSWORD: rt.token("syncbot")})
    items = folder / "items"
    items.mkdir()
    (items / "tracker.yaml").write_text(tracker_yaml(vocabulary), encoding="utf-8")
    return _Owner(Folder(name, items, vocabulary, dice), markdown_tracker("items", name.upper()), {})


def _node(owner: _Owner, other: _Owner, folder: Path) -> Node:
    name, port = owner.place.name, free_port()
    time = owner.place.keeps_time and other.place.keeps_time
    text = accord_toml(name, port, owner.tracker, owner.place.words, other.place.words, time=time)
    (folder / name / "accord.toml").write_text(text, encoding="utf-8")
    return Node(name, folder / name, port, owner.secrets)
