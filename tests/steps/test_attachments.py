"""Attachments between the two sides: offered with whatever message names them, gone without harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accord.errors import PeerRefused
from tests.pair import Pair, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        both.red.trigger = None
        both.blue.tracker.person_creates(summary="one")
        await both.settle()
        yield both


def names(two: Pair) -> list[set[str]]:
    return [{file.name for file in side.only.attachments} for side in two.sides]


async def test_a_file_that_only_an_acknowledgment_names_is_offered_too(two: Pair) -> None:
    two.blue.tracker.person_attaches("BLUE-1", "ours.txt", b"ours")
    await two.blue.look()
    two.red.tracker.person_attaches("RED-1", "theirs.txt", b"theirs")
    await two.blue.worker.run_until_idle()
    await two.settle()
    assert names(two) == [{"ours.txt", "theirs.txt"}] * 2


async def test_a_file_that_is_gone_before_it_was_fetched_holds_nothing_up(two: Pair) -> None:
    async def gone(*_: Any) -> None:
        raise PeerRefused("No such attachment was offered through this connection.", status=404)

    two.red.wire.fetch_blob = gone  # type: ignore[method-assign]
    two.blue.tracker.person_attaches("BLUE-1", "short-lived.txt", b"gone in a moment")
    two.blue.tracker.person_edits("BLUE-1", summary="two")
    await two.settle()
    assert (two.red.only.summary, names(two)[1]) == ("two", set())
    assert await two.red.ports.store.read(lambda tx: tx.holds()) == []
    two.blue.tracker.person_edits("BLUE-1", attachments=())
    await two.settle()
    assert names(two) == [set(), set()]
