"""Fields have policies of their own, by the path under which both sides know them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.model import Item, Policy, Replica
from accord.operations.choose import questions
from accord.ports import RuleContext
from tests.pair import Pair, PlainRules, pair


class Renaming(PlainRules):
    """One side calls `priority` what travels as `custom.urgency` and is `fields.severity` on the other."""

    def __init__(self, field: str, out: str = "urgency", back: str = "urgency") -> None:
        super().__init__()
        self.field, self.out, self.back = field, out, back

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        value: Any = item.priority if self.field == "priority" else item.fields.get("severity")
        kept = {name: v for name, v in replica.fields.items() if name != "severity"}
        data = replica.dump() | {"custom": {self.out: value}, "fields": kept}
        data.pop("priority", None)
        return Replica.model_validate(data)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica, item, context)
        if self.back not in replica.custom:
            return draft
        value = replica.custom[self.back]
        if self.field == "priority":
            return draft.model_copy(update={"priority": value})
        return draft.model_copy(update={"fields": {**draft.fields, "severity": value}})


def agree(two: Pair, policies: dict[str, Policy]) -> None:
    for side in two.sides:
        side.connection = side.connection.model_copy(update={"policies": policies})


async def put(two: Pair) -> None:
    for side in two.sides:
        await side.ports.store.run(lambda tx, side=side: tx.put_connection(side.connection))


async def test_each_field_goes_by_its_own_policy(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.LATEST) as two:
        agree(two, {"summary": Policy.INITIATOR, "status": Policy.ACCEPTOR, "priority": Policy.ASK})
        await put(two)
        two.blue.tracker.person_creates(summary="A", status="open", priority="normal", type="bug")
        await two.settle()
        for side in two.sides:
            two.tick()
            name = side.tracker.name
            side.tracker.person_edits(side.only.key, summary=name, status=name, priority=name, type=name)
        await two.settle()
        for side in two.sides:
            assert (side.only.summary, side.only.status, side.only.type) == ("blue", "red", "red")
        assert (two.blue.only.priority, two.red.only.priority) == ("blue", "red")
        assert [one.field for one in await questions(two.blue.ports)] == ["priority"]


async def test_a_text_merges_where_that_was_agreed_for_it(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.INITIATOR) as two:
        agree(two, {"fields.notes": Policy.MERGE})
        await put(two)
        two.blue.tracker.person_creates(summary="A", fields={"notes": "one\n\ntwo", "other": "one\n\ntwo"})
        await two.settle()
        for side, text in ((two.blue, "ONE\n\ntwo"), (two.red, "one\n\nTWO")):
            side.tracker.person_edits(side.only.key, fields={"notes": text, "other": text})
        await two.settle()
        for side in two.sides:
            assert side.only.fields == {"notes": "ONE\n\nTWO", "other": "ONE\n\ntwo"}


@pytest.mark.parametrize(("policy", "kept"), [(Policy.INITIATOR, ("blue", "blue")), (Policy.ACCEPTOR, ("red", "red"))])
async def test_sides_that_name_a_field_differently_mean_the_same_policy(
    tmp_path: Path, policy: Policy, kept: tuple[str, str]
) -> None:
    async with pair(tmp_path, Policy.LATEST) as two:
        two.blue.rules, two.red.rules = Renaming("priority"), Renaming("severity")
        agree(two, {"custom.urgency": policy, "priority": Policy.ASK, "fields.severity": Policy.ASK})
        await put(two)
        await _differ(two)
        assert (two.blue.only.priority, two.red.only.fields["severity"]) == kept


async def test_a_field_with_two_names_goes_by_the_policy_of_the_connection(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ACCEPTOR) as two:
        two.blue.rules = Renaming("priority", out="urgency", back="impact")
        two.red.rules = Renaming("severity", out="impact", back="urgency")
        agree(two, {"custom.urgency": Policy.INITIATOR, "custom.impact": Policy.ASK})
        await put(two)
        await _differ(two)
        assert (two.blue.only.priority, two.red.only.fields["severity"]) == ("red", "red")


async def _differ(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="A", priority="normal")
    await two.settle()
    two.blue.tracker.person_edits(two.blue.only.key, priority="blue")
    two.red.tracker.person_edits(two.red.only.key, fields={"severity": "red"})
    await two.settle()
