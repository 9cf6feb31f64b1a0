"""What outgoing rules are told of the other side's item: what it told last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from accord.model import Item, Replica
from accord.operations.preview import preview
from accord.ports import RuleContext
from accord.rules import MappingTable, TableRules
from tests.pair import Pair, PlainRules, pair
from tests.versioned import Versioned


class Answering(PlainRules):
    """Tells, beside the item, what status they told last."""

    heeds_previous = True

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        theirs = context.previous.status if context.previous else "none yet"
        return replica.model_copy(update={"custom": {"your status": theirs}})


class Counting(PlainRules):
    """Tells one more than they told: two such sides have always something to tell."""

    heeds_previous = True

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        told: Any = context.previous.custom.get("count", 0) if context.previous else 0
        return replica.model_copy(update={"custom": {"count": told + 1}})


def told(two: Pair) -> list[Any]:
    return [replica.custom.get("your status") for replica in two.blue.wire.replicas()]


async def test_what_they_answered_is_told_of_at_once(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules = Answering()
        two.red.rules.values = {"status": {"closed": "done"}}
        two.red.rules.outgoing = shouting(two.red.rules.outgoing)
        two.blue.tracker.person_creates(summary="one", status="open")
        await two.settle()
        assert told(two) == ["none yet", "OPEN"]
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", summary="two")
        await two.settle()
        assert told(two) == ["none yet", "OPEN", "OPEN"]


def shouting(outgoing: Any) -> Any:
    async def shouted(item: Item, context: RuleContext) -> Replica:
        replica = await outgoing(item, context)
        return replica.model_copy(update={"status": replica.status and replica.status.upper()})

    return shouted


async def test_an_acknowledgment_tells_of_the_message_that_it_answers(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules = Answering()
        two.blue.tracker.person_creates(summary="one", status="open")
        await two.settle()
        two.tick()
        two.red.tracker.person_edits("RED-1", status="closed")
        await two.settle()
        answers = [m.replica for m in two.blue.wire.sent if m.kind == "acknowledgment" and m.replica]
        assert answers[-1].custom == {"your status": "closed"}


async def test_the_table_may_ask_what_they_told_when_it_sends(tmp_path: Path) -> None:
    entries = {
        "summary": "both",
        "status": "both",
        "priority": {"direction": "send", "when": {"theirs.status": "open"}},
    }
    table = MappingTable.model_validate(entries)
    assert TableRules(table).heeds_previous
    assert not TableRules(MappingTable.model_validate({"summary": "both"})).heeds_previous
    async with pair(tmp_path) as two:
        two.blue.rules = TableRules(table)
        two.blue.tracker.person_creates(summary="one", status="new", priority="high")
        await two.settle()
        assert two.red.only.priority is None
        two.tick()
        two.red.tracker.person_edits("RED-1", status="open")
        await two.settle()
        assert two.red.only.priority == "high"


async def test_rules_that_answer_each_other_without_end_are_stopped(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules, two.red.rules = Counting(), Counting()
        two.blue.ports = replace(two.blue.ports, settings=replace(two.blue.ports.settings, hop_limit=3))
        two.blue.worker._ports = two.blue.ports
        two.blue.tracker.person_creates(summary="one")
        await two.settle()
        assert len(two.blue.wire.replicas()) == 4
        (line,) = [line for line in await two.blue.history() if line.step == "stopped"]
        assert "answer each other without end" in line.summary


async def test_a_preview_of_new_rules_tells_what_they_told_last(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        versions = Versioned(two.blue)
        await versions.publish(PlainRules())
        two.blue.tracker.person_creates(summary="one", status="open")
        await two.settle()
        seen = Seeing()
        await versions.publish(seen)
        two.blue.connection = two.blue.connection.model_copy(update={"rules_version": 2})
        shown = await preview(two.blue.ports, "BLUE-1")
        assert shown.failed is None
        assert {context.previous.status for context in seen.contexts if context.previous} == {"open"}
        assert all(context.previous for context in seen.contexts)


class Seeing(Answering):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.contexts: list[RuleContext] = []

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        self.contexts.append(context)
        return await super().outgoing(item, context)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        self.contexts.append(context)
        return await super().incoming(replica, item, context)
