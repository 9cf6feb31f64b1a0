"""Incoming rules may ask that the other side is told anew: once for each message that brings something."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import Unreachable
from accord.model import Item, Kind, Message, Replica
from accord.node.worker import Worker
from accord.ports import Asks, RuleContext, with_asks
from tests.pair import Pair, PlainRules, SideUnderTest, pair


class Answering(PlainRules):
    """Asks to tell the other side anew, whatever it told."""

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        return with_asks(await super().incoming(replica, item, context), Asks(sync_back=True))


class Telling(Answering):
    """Tells the time too, so that there is always news."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        return replica.model_copy(update={"custom": {"at": context.now.isoformat()}})


def requests(side: SideUnderTest) -> list[Message]:
    """What a side told, each message once, acknowledgments apart."""
    return list({m.sequence: m for m in side.wire.sent if m.kind is Kind.SYNC}.values())


async def created(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await two.settle()
    two.tick()


async def test_each_message_is_answered_once(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.rules = Answering()
        await created(two)
        assert [(m.back, m.key) for m in requests(two.red)] == [(True, "RED-1")]
        two.blue.tracker.person_edits("BLUE-1", summary="two")
        await two.settle()
        assert [(m.back, m.replica.summary) for m in requests(two.red) if m.replica] == [(True, "one"), (True, "two")]
        assert len(requests(two.blue)) == 2


@pytest.mark.parametrize("rules", [Answering, Telling])
async def test_two_sides_that_both_ask_come_to_rest(tmp_path: Path, rules: type[PlainRules]) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules, two.red.rules = rules(), rules()
        await created(two)
        for side, key in ((two.blue, "BLUE-1"), (two.red, "RED-1"), (two.blue, "BLUE-1")):
            side.tracker.person_edits(key, description=f"by {side.tracker.name}")
            await two.settle()
            two.tick()
        assert sum(not m.back for m in requests(two.blue)) + sum(not m.back for m in requests(two.red)) <= 8
        assert [side.only.description for side in two.sides] == ["by blue"] * 2


async def test_an_answer_survives_lost_messages_and_a_new_start(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.rules = Answering()
        two.red.wire.trouble = lambda message: (Unreachable("down"), message.kind is Kind.SYNC)
        two.blue.wire.trouble = lambda message: (Unreachable("late"), True)
        two.blue.tracker.person_creates(summary="one")
        await two.settle(seconds=5)
        two.red.worker = Worker(two.red.ports, "red, started anew", jitter=lambda: 0.0)
        two.red.wire.trouble = two.blue.wire.trouble = lambda message: None
        await two.settle(seconds=600)
        assert [(m.back, m.sequence) for m in requests(two.red)] == [(True, 1)]


async def test_an_edit_that_goes_with_the_answer_is_an_edit(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules = Answering()
        await created(two)
        twin = await two.red.twin("RED-1")
        await two.red.ports.store.run(lambda tx: tx.put_twin(twin.owing()))
        two.red.tracker.person_edits("RED-1", description="mine")
        await two.settle()
        assert [m.back for m in requests(two.red)] == [False]
        assert [m.back for m in requests(two.blue)] == [False, True]
        assert not (await two.red.twin("RED-1")).tell_anew


async def test_without_news_for_the_other_side_nothing_is_answered(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.rules = Answering()
        await created(two)
        await two.blue.sync("BLUE-1")
        await two.settle()
        assert len(requests(two.red)) == 1
