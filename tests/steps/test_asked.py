"""What incoming rules ask for besides the item: pairing with an item of ours, and the end of the sync."""

from __future__ import annotations

from pathlib import Path

from accord.model import Item, Kind, Replica, TwinState
from accord.operations.preview import preview
from accord.ports import Asks, RuleContext, with_asks
from tests.pair import Pair, PlainRules, pair


class Asking(PlainRules):
    """Pairs with the item that their summary names, and ends the sync of what is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[RuleContext] = []

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        self.seen.append(context)
        draft = await super().incoming(replica, item, context)
        named = (replica.summary or "").rpartition("=")[2]
        pair_with = named if context.first_sync and not item.key and named.startswith("RED-") else None
        return with_asks(draft, Asks(pair_with=pair_with, unsync=replica.status == "closed"))


def asking(two: Pair) -> Asking:
    two.red.rules, two.red.trigger = Asking(), None
    return two.red.rules


async def test_rules_pair_with_an_item_that_is_there(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        asking(two)
        two.red.tracker.person_creates(summary="ours", description="only here")
        two.tick()
        two.blue.tracker.person_creates(summary="goes with=RED-1")
        await two.settle()
        twin = await two.red.twin("RED-1")
        assert (twin.remote_key, twin.state) == ("BLUE-1", TwinState.PAIRED)
        assert [side.only.summary for side in two.sides] == ["goes with=RED-1"] * 2
        assert [side.only.description for side in two.sides] == ["only here"] * 2
        assert [c["lost"] for c in await two.red.conflicts()] == ["ours"]


async def test_a_preview_shows_the_pair_before_it_is_made(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        asking(two)
        two.red.tracker.person_creates(summary="ours")
        two.blue.tracker.person_creates(summary="goes with=RED-1")
        await two.blue.look()
        await two.blue.worker.run_until_idle()
        request = (await preview(two.red.ports, "BLUE-1")).request
        assert request is not None
        assert (request.act, request.remote_key) == ("pair", "BLUE-1")
        assert request.fields == {"summary": ("ours", "goes with=RED-1")}
        assert await two.red.twin("RED-1") is None


async def test_a_key_that_is_nowhere_blocks_that_item_alone(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        asking(two)
        two.blue.tracker.person_creates(summary="goes with=RED-9")
        two.blue.tracker.person_creates(summary="another")
        await two.settle()
        assert two.red.only.summary == "another"
        (cause,) = [lane.cause for lane in await two.red.lanes() if lane.cause]
        assert (cause["value"], cause["who"]) == ("RED-9", "rule author")
        assert "no such item here" in cause["message"]


async def test_an_item_goes_with_one_other_only(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        asking(two)
        two.red.tracker.person_creates(summary="ours")
        two.blue.tracker.person_creates(summary="goes with=RED-1")
        await two.settle()
        two.blue.tracker.person_creates(summary="this too=RED-1")
        await two.settle()
        (cause,) = [lane.cause for lane in await two.red.lanes() if lane.cause]
        assert "under sync with BLUE-1" in cause["message"]
        assert len(two.red.tracker.items) == 1


async def test_two_sides_that_pair_the_same_two_items_do_not_wait_for_ever(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules, two.red.rules = PairsByName("RED", "BLUE"), PairsByName("BLUE", "RED")
        for side in two.sides:
            side.tracker.person_creates(summary="the same", description=side.tracker.name)
        await two.red.look()
        two.tick()
        await two.blue.look()
        await two.blue.worker.run_until_idle()
        await two.settle(seconds=400)
        assert [message.kind for message in two.red.wire.sent].count(Kind.UNSYNC) == 1
        twins = [await side.twin(key) for side, key in zip(two.sides, ("BLUE-1", "RED-1"), strict=True)]
        assert [(t.local_key, t.remote_key) for t in twins] == [("BLUE-1", "RED-1"), ("RED-1", "BLUE-1")]
        assert twins[0].id == twins[1].id
        assert all([await side.lanes() == [] for side in two.sides])
        assert two.blue.only.description == two.red.only.description
        assert (two.clock.now() - two.blue.connection.created_at).total_seconds() < 200


async def test_one_side_that_pairs_waits_for_the_other_to_answer(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.rules = PairsByName("BLUE", "RED")
        for side in two.sides:
            side.tracker.person_creates(summary="the same")
        for side in two.sides:
            await side.look()
        await two.red.worker.run_until_idle()
        await two.settle(seconds=400)
        assert await two.red.twin("RED-1") is not None
        (cause,) = [lane.cause for lane in await two.red.lanes() if lane.cause]
        assert "which is under sync with BLUE-2" in cause["message"]


class PairsByName(PlainRules):
    """Pairs the other side's item N with ours of the same number."""

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__()
        self.theirs, self.ours = theirs, ours

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica, item, context)
        key = (replica.key or "").replace(self.theirs, self.ours)
        return with_asks(draft, Asks(pair_with=key if context.first_sync and not item.key else None))


async def test_closed_items_leave_the_sync_on_both_sides(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        asking(two)
        two.blue.tracker.person_creates(summary="one", status="open")
        await two.settle()
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", status="closed")
        await two.settle()
        assert two.red.only.status == "closed"
        assert [await side.twin(key) for side, key in zip(two.sides, ("BLUE-1", "RED-1"), strict=True)] == [None, None]
        assert not await two.red.lanes() or all(not lane.cause for lane in await two.red.lanes())
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", status="open")
        await two.settle()
        assert two.red.only.status == "closed"


async def test_rules_know_what_came_before_and_which_items_go_together(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        rules = asking(two)
        two.blue.tracker.person_creates(summary="one")
        await two.settle()
        first = rules.seen[0]
        assert (first.previous, first.remote_key) == (None, "BLUE-1")
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", summary="two")
        rules.seen.clear()
        await two.settle()
        last = rules.seen[0]
        assert last.previous is not None
        assert last.twin_of is not None
        assert last.previous.summary == "one"
        assert [await last.twin_of(key) for key in ("BLUE-1", "BLUE-2")] == ["RED-1", None]
