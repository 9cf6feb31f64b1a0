"""Under the policy `ask` nobody decides but people: both values stay where they are until one is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.errors import AccordError, Unreachable
from accord.model import Message, Policy
from accord.operations.choose import choose, questions
from tests.pair import Pair, SideUnderTest, pair


async def apart(two: Pair, blue: str = "high", red: str = "low", field: str = "priority") -> None:
    """One item in agreement, then both sides change a field of it at the same time."""
    if not two.blue.tracker.items:
        two.blue.tracker.person_creates(summary="A", priority="normal", status="open")
        await two.settle()
    two.tick()
    two.blue.tracker.person_edits(two.blue.only.key, **{field: blue})
    two.tick()
    two.red.tracker.person_edits(two.red.only.key, **{field: red})
    await two.settle()


def held(two: Pair, field: str = "priority") -> tuple[Any, Any]:
    return getattr(two.blue.only, field), getattr(two.red.only, field)


async def asked(side: SideUnderTest) -> list[tuple[str, Any, Any]]:
    return [(one.field, one.ours, one.theirs) for one in await questions(side.ports)]


async def chose(side: SideUnderTest, which: str | None = None, value: Any = None, field: str = "priority") -> None:
    await choose(side.ports, side.only.key, field, who="ann", side=which, value=value)


async def test_both_values_stay_and_both_sides_ask(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        assert held(two) == ("high", "low")
        assert await asked(two.blue) == [("priority", "high", "low")]
        assert await asked(two.red) == [("priority", "low", "high")]


async def test_all_other_fields_go_on(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        two.red.tracker.person_edits(two.red.only.key, summary="B")
        await two.settle()
        two.blue.tracker.person_edits(two.blue.only.key, status="done")
        await two.settle()
        assert held(two) == ("high", "low")
        assert (held(two, "summary"), held(two, "status")) == (("B", "B"), ("done", "done"))
        assert len(await asked(two.blue)) == len(await asked(two.red)) == 1


@pytest.mark.parametrize("at", ["blue", "red"])
@pytest.mark.parametrize(("which", "value"), [("ours", None), ("theirs", None), (None, "urgent"), (None, None)])
async def test_choosing_on_either_side_settles_both(tmp_path: Path, at: str, which: str | None, value: Any) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        chooser = two.blue if at == "blue" else two.red
        other = two.red if at == "blue" else two.blue
        kept = {"ours": chooser.only.priority, "theirs": other.only.priority, None: value}[which]
        await chose(chooser, which, value)
        await two.settle()
        assert held(two) == (kept, kept)
        assert await asked(two.blue) == await asked(two.red) == []
        (line,) = [c for c in await chooser.conflicts() if c.get("chosen")]
        assert (line["chosen"], line["ours"], line["theirs"]) == (
            "by ann", "high" if at == "blue" else "low", "low" if at == "blue" else "high",
        )  # fmt: skip


@pytest.mark.parametrize("first", ["blue", "red"])
@pytest.mark.parametrize("crossing", [True, False])
async def test_of_two_people_who_choose_at_the_same_time_the_first_decides(
    tmp_path: Path, first: str, crossing: bool
) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        one, other = (two.blue, two.red) if first == "blue" else (two.red, two.blue)
        away = [crossing]
        for side in two.sides:
            side.wire.trouble = lambda message: (Unreachable("away"), False) if away[0] else None
        await chose(one, "ours")
        two.tick()
        await chose(other, value="urgent")
        for side in (other, one) if crossing else (one, other):
            await side.worker.run_until_idle()
        away[0] = False
        await two.settle(seconds=600)
        kept = {"blue": "high", "red": "low"}[first]
        assert held(two) == (kept, kept)
        assert await asked(two.blue) == await asked(two.red) == []
        # What the second one chose is in the history of both.
        lost = [
            str(line.details) for side in two.sides for line in await side.history() if "urgent" in str(line.details)
        ]
        assert lost


async def test_an_edit_on_one_side_updates_the_question(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        two.blue.tracker.person_edits(two.blue.only.key, priority="higher")
        await two.settle()
        assert held(two) == ("higher", "low")
        assert await asked(two.red) == [("priority", "low", "higher")]
        two.red.tracker.person_edits(two.red.only.key, priority="lower")
        await two.settle()
        assert await asked(two.blue) == [("priority", "higher", "lower")]


@pytest.mark.parametrize("at", ["blue", "red"])
async def test_an_edit_that_makes_both_equal_closes_it(tmp_path: Path, at: str) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        one, other = (two.blue, two.red) if at == "blue" else (two.red, two.blue)
        one.tracker.person_edits(one.only.key, priority=other.only.priority)
        await two.settle()
        assert held(two) == (other.only.priority,) * 2
        assert await asked(two.blue) == await asked(two.red) == []
        # The field syncs as ever.
        one.tracker.person_edits(one.only.key, priority="new")
        await two.settle()
        assert held(two) == ("new", "new")


async def test_an_edit_there_against_a_choice_here_asks_again(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        await chose(two.blue, "ours")
        await two.blue.worker.run_until_idle()
        two.red.tracker.person_edits(two.red.only.key, priority="lower")
        await two.settle()
        assert held(two) == ("high", "lower")
        assert (len(await asked(two.blue)), len(await asked(two.red))) == (1, 1)


async def test_who_gives_way_to_a_value_gives_way_to_its_next_edit(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        await chose(two.blue, "theirs")
        two.red.tracker.person_edits(two.red.only.key, priority="lower")
        await two.blue.worker.run_until_idle()
        await two.settle()
        assert held(two) == ("lower", "lower")
        assert await asked(two.blue) == await asked(two.red) == []


async def test_what_changed_since_the_person_looked_is_not_overwritten(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        await chose(two.blue, "theirs")
        two.blue.tracker.person_edits(two.blue.only.key, priority="higher")
        await two.settle()
        assert held(two) == ("higher", "low")
        assert any(line.step == "undecided" for line in await two.blue.history())
        assert await asked(two.red) == [("priority", "low", "higher")]


async def test_a_choice_survives_a_tracker_that_is_away(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        await chose(two.blue, "theirs")
        update, failures = two.blue.tracker.update, [Unreachable("away"), None]

        async def flaky(*arguments: Any) -> Any:
            made = await update(*arguments)
            error = failures.pop(0) if failures else None
            if error is not None:
                raise error
            return made

        two.blue.tracker.update = flaky  # type: ignore[method-assign]
        await two.settle(seconds=60)
        assert held(two) == ("low", "low")
        assert await asked(two.blue) == await asked(two.red) == []


async def test_answers_that_are_lost_change_nothing(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        lost: list[int] = []

        def trouble(message: Message) -> tuple[AccordError, bool] | None:
            lost.append(1)
            return (Unreachable("lost"), len(lost) % 4 == 1) if len(lost) % 2 else None

        for side in two.sides:
            side.wire.trouble = trouble
        two.blue.tracker.person_creates(summary="A", priority="normal")
        await two.settle(seconds=600)
        two.blue.tracker.person_edits(two.blue.only.key, priority="high")
        two.red.tracker.person_edits(two.red.only.key, priority="low")
        await two.settle(seconds=600)
        assert (held(two), len(await asked(two.blue)), len(await asked(two.red))) == (("high", "low"), 1, 1)
        await chose(two.red, "ours")
        await two.settle(seconds=600)
        assert held(two) == ("low", "low")
        assert await asked(two.blue) == await asked(two.red) == []


async def test_two_items_that_are_paired(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        for side in two.sides:
            side.trigger, side.accept_connect = None, True
        two.blue.tracker.person_creates(summary="A", priority="high")
        two.red.tracker.person_creates(summary="A", priority="low", status="open")
        await two.blue.sync(two.blue.only.key, pair_with=two.red.only.key)
        await two.settle()
        assert (held(two), held(two, "status")) == (("high", "low"), ("open", "open"))
        assert await asked(two.blue) == [("priority", "high", "low")]
        await chose(two.red, "theirs")
        await two.settle()
        assert held(two) == ("high", "high")
        assert await asked(two.blue) == await asked(two.red) == []


async def test_labels_are_asked_one_by_one(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        two.blue.tracker.person_creates(summary="A", labels=("x",))
        await two.settle()
        for side, labels in ((two.blue, ("x", "a")), (two.red, ("x", "b"))):
            side.tracker.person_edits(side.only.key, labels=labels)
        await two.settle()
        assert sorted(two.blue.only.labels) == sorted(two.red.only.labels) == ["a", "b", "x"]
        assert await asked(two.blue) == []


async def test_the_item_rests(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        sent = len(two.blue.wire.sent) + len(two.red.wire.sent)
        for side in two.sides:
            await side.sync(side.only.key)
        await two.settle(seconds=3600)
        assert len(two.blue.wire.sent) + len(two.red.wire.sent) == sent
        assert [lane for side in two.sides for lane in await side.lanes()] == []


@pytest.mark.parametrize("first", ["blue", "red"])
async def test_two_people_who_both_give_way(tmp_path: Path, first: str) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        await apart(two)
        one, other = (two.blue, two.red) if first == "blue" else (two.red, two.blue)
        away = [True]
        for side in two.sides:
            side.wire.trouble = lambda message: (Unreachable("away"), False) if away[0] else None
        await chose(one, "theirs")
        two.tick()
        await chose(other, "theirs")
        for side in two.sides:
            await side.worker.run_until_idle()
        assert held(two) == ("low", "high")
        away[0] = False
        await two.settle(seconds=600)
        # The first of them holds.
        assert held(two) == (("low", "low") if first == "blue" else ("high", "high"))
        assert await asked(two.blue) == await asked(two.red) == []
