"""What rules that are new would do to many items, without anything happening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accord.errors import NeedsOperator, RuleFailed
from accord.model import Connection, Item, Replica
from accord.operations.preview import Preview, preview
from accord.operations.preview_guard import GuardAhead, guard_ahead
from accord.operations.preview_many import Selection, Summary, matching, previews, under_sync
from accord.operations.preview_request import Planned
from accord.operations.replay import replay
from accord.ports import Agreement, Asks, GuardSettings, Ports, RuleContext, with_asks
from accord.queue.guard import Damage
from accord.steps.guard import open_guard
from tests.operations.conftest import everything, second_connection
from tests.pair import Pair, PlainRules
from tests.versioned import Some, Versioned


def draft(rules: PlainRules) -> Any:
    return lambda connection: Agreement(rules)


async def all_of(ports: Ports, selection: Selection, rules: PlainRules | None = None) -> dict[str | None, Preview]:
    return {seen.key: seen async for seen in previews(ports, selection, draft(rules) if rules else None)}


def summed(seen: dict[str | None, Preview]) -> Summary:
    summary = Summary()
    for one in seen.values():
        summary.add(one)
    return summary


async def three(two: Pair, rules: PlainRules) -> Versioned:
    """Three items under sync; blue lets all out, red follows `rules`, kept as version 1."""
    red = Versioned(two.red)
    await red.publish(rules)
    for number in range(3):
        two.blue.tracker.person_creates(summary=f"Item {number}", priority="high")
        await two.blue.sync(f"BLUE-{number + 1}")
    await two.settle()
    return red


async def test_a_draft_shows_what_it_would_write_here_and_who_would_win(two: Pair) -> None:
    red = await three(two, Some("priority"))
    two.tick()
    two.red.tracker.person_edits("RED-2", priority="low")
    await two.settle()
    before, calls = await everything(two.red), len(two.red.tracker.calls)
    seen = await all_of(red.side.ports, await under_sync(red.side.ports), Some())
    assert list(seen) == ["RED-1", "RED-2", "RED-3"]
    one, other = seen["RED-1"].here, seen["RED-2"].here
    assert one is not None
    assert other is not None
    assert (one.act, one.fields) == ("update", {"priority": (None, "high")})
    (conflict,) = other.conflicts
    assert {conflict.kept, conflict.lost} == {"high", "low"}
    summary = summed(seen)
    assert (summary.items, summary.fails, summary.conflicts) == (3, 0, 1)
    assert summary.writes == 2 + (conflict.kept == "high")

    # It writes nothing: neither in the database, nor in the tracker.
    assert await everything(two.red) == before
    assert set(two.red.tracker.calls[calls:]) == {"read"}

    # And it is what happens, once that is published.
    await red.publish(Some())
    for key in seen:
        await red.sync(str(key))
    await two.settle()
    assert two.red.tracker.items["RED-1"].priority == "high"
    assert two.red.tracker.items["RED-2"].priority == conflict.kept


async def test_what_is_taken_over_here_is_not_shown_as_news_for_the_other_side(two: Pair) -> None:
    red = await three(two, Some("priority"))
    seen = await preview(red.side.ports, "RED-1", draft=draft(Some()))
    assert seen.sending is not None
    assert not seen.sending.news
    assert (await preview(red.side.ports, "RED-1")).here is None


async def test_after_publishing_a_preview_shows_what_is_still_to_take_hold(two: Pair) -> None:
    red = await three(two, Some("priority"))
    await red.publish(Some())
    assert summed(await all_of(red.side.ports, await under_sync(red.side.ports))).writes == 3
    await red.sync("RED-1")
    await two.settle()
    assert summed(await all_of(red.side.ports, await under_sync(red.side.ports))).writes == 2


class Picky(Some):
    """Fails on one item."""

    async def incoming(self, replica: Any, item: Item, context: RuleContext) -> Item:
        if replica.summary == "Item 1":
            raise RuleFailed("summary: no such word.", field="summary")
        return await super().incoming(replica, item, context)


async def test_an_item_that_fails_does_not_keep_the_others(two: Pair) -> None:
    red = await three(two, Some("priority"))
    two.red.tracker.person_deletes("RED-3")
    seen = await all_of(red.side.ports, await under_sync(red.side.ports), Picky())
    assert seen["RED-1"].failed is None
    assert [(seen[key].failed or {})["error"] for key in ("RED-2", "RED-3")] == ["RuleFailed", "ItemGone"]
    assert summed(seen).fails == 2


async def test_items_are_chosen_in_the_tracker_s_own_language(two: Pair) -> None:
    await three(two, Some())
    two.blue.tracker.person_creates(summary="Not under sync yet", labels=("web",))
    chosen = await matching(two.blue.ports, "label=web")
    seen = await all_of(two.blue.ports, chosen)
    assert [(one.key, one.under_sync) for one in seen.values()] == [("BLUE-4", False)]
    assert seen["BLUE-4"].sending is not None
    assert seen["BLUE-4"].sending.news


async def test_of_several_connections_one_must_be_named(two: Pair) -> None:
    await second_connection(two.blue)
    with pytest.raises(NeedsOperator, match="several connections: blue-other, third"):
        await under_sync(two.blue.ports)
    assert (await under_sync(two.blue.ports, "third")).keys == ()


async def test_the_last_syncs_are_replayed_against_what_was_done(two: Pair) -> None:
    red = Versioned(two.red, keep_syncs=10)
    await red.publish(Some("priority"))
    two.blue.tracker.person_creates(summary="Login fails", priority="high")
    await two.blue.sync("BLUE-1")
    await two.settle()
    two.tick()
    two.red.tracker.person_edits("RED-1", summary="Login fails again")
    await two.red.look()
    await two.settle()
    before = await everything(two.red)
    seen = await replay(red.side.ports, "red-other", 10, draft=draft(Some()))
    assert [(one.direction, one.fields) for one in seen.syncs] == [
        ("out", {}),
        ("in", {"priority": (None, "high")}),
    ]
    assert (seen.unknown, [one.same for one in seen.syncs]) == (0, [True, False])
    assert await everything(two.red) == before
    failing = await replay(red.side.ports, "red-other", 10, draft=lambda connection: fails(connection))
    assert (failing.syncs[1].failed or {})["error"] == "RuleFailed"


def fails(connection: Connection) -> Agreement:
    class Failing(Some):
        async def incoming(self, replica: Any, item: Item, context: RuleContext) -> Item:
            raise RuleFailed("not so.")

    return Agreement(Failing())


async def test_a_node_that_keeps_no_syncs_has_nothing_to_replay(two: Pair) -> None:
    red = await three(two, Some("priority"))
    assert (await replay(red.side.ports, "red-other", 10, draft=draft(Some()))).syncs == ()


def ahead(items: int, pace: float | None = None) -> GuardAhead:
    """The guard of a connection with 100 items of which it lets 10 be emptied within 10 minutes, of `items` all at
    once or so many a second."""
    guard = GuardAhead(GuardSettings(share_ended=0.1), "partner", 100, 0, 0, pace)
    for number in range(items):
        emptied = Planned("update", None, damage=Damage(emptied=True))
        guard.add(Preview(f"RED-{number + 1}", None, "partner", True, here=emptied))
    return guard


def test_a_summary_says_where_the_guard_would_stop_the_run() -> None:
    assert ahead(10).stopping is None
    stopping = ahead(20).stopping
    assert stopping is not None
    assert (stopping.key, stopping.done) == ("RED-11", 10)
    assert "would end or empty 11 of 100 items" in stopping.cause["message"]


def test_a_slow_run_passes_the_guard() -> None:
    assert ahead(20, pace=11 / 600).stopping is not None
    assert ahead(20, pace=10 / 600).stopping is None


async def test_the_guard_counts_what_happened_already_and_nothing_while_it_lets_pass(two: Pair) -> None:
    red = await three(two, Some("priority"))
    two.red.guard = GuardSettings(min_items=0, share_ended=0.0)
    deaf = Emptying()
    seen = await all_of(red.side.ports, await under_sync(red.side.ports), deaf)
    guard = await guard_ahead(red.side.ports, two.red.connection.model_copy(update={"rules_version": 1}))
    assert guard is not None
    for one in seen.values():
        guard.add(one)
    assert guard.stopping is not None
    assert (guard.stopping.key, guard.stopping.done) == ("RED-1", 0)
    until = two.clock.now() + timedelta(hours=1)
    await red.side.ports.store.run(lambda tx: open_guard(tx, two.red.connection, until))
    assert await guard_ahead(red.side.ports, two.red.connection.model_copy(update={"rules_version": 1})) is None


class Emptying(PlainRules):
    """Empties the summary of whatever comes, and lets it leave."""

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica, item, context)
        return with_asks(draft.model_copy(update={"summary": ""}), Asks(unsync=True))


async def test_a_summary_counts_what_would_leave_the_sync(two: Pair) -> None:
    red = await three(two, Some("priority"))
    seen = await all_of(red.side.ports, await under_sync(red.side.ports), Emptying())
    assert summed(seen).leaves == 3
    assert all(one.sending and one.sending.ends and one.sending.news for one in seen.values())
