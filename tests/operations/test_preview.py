"""What would happen, without anything happening."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import UnknownThing
from accord.operations.connect import connect
from accord.operations.pause import pause
from accord.operations.preview import preview
from accord.ports import GuardSettings
from tests.operations.conftest import everything
from tests.pair import Pair


async def waiting_for_red(two: Pair) -> None:
    """What blue sends arrives, and stays in red's queue."""
    await two.blue.look()
    await two.blue.worker.run_until_idle()


async def test_an_item_that_is_not_under_sync_shows_all_that_would_go_out(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails", status="open", labels=("web",))
    two.blue.tracker.person_comments("BLUE-1", "It is the cookie")
    seen = await preview(two.blue.ports, "BLUE-1")
    assert not seen.under_sync
    assert seen.sending is not None
    assert seen.sending.fields["summary"] == (None, "Login fails")
    assert [(c["change"], c["text"]) for c in seen.sending.comments] == [("new", "It is the cookie")]
    assert seen.sending.message["replica"]["labels"] == ["web"]
    assert await two.blue.twin("BLUE-1") is None


async def test_only_what_is_new_to_the_other_side_is_shown(synced: Pair) -> None:
    seen = await preview(synced.blue.ports, "BLUE-1")
    assert seen.sending is not None
    assert not seen.sending.news
    synced.blue.tracker.person_edits("BLUE-1", status="done")
    synced.blue.tracker.person_comments("BLUE-1", "fixed")
    sending = (await preview(synced.blue.ports, "RED-1")).sending
    assert sending is not None
    assert (sending.news, sending.fields) == (True, {"status": ("open", "done")})
    assert [c["text"] for c in sending.comments] == ["fixed"]
    assert sending.message["sequence"] == 2


async def test_links_are_shown_as_they_come_and_go(synced: Pair) -> None:
    await synced.blue.sync(synced.blue.tracker.person_creates(summary="another"))
    await synced.settle()
    link = synced.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    sending = (await preview(synced.blue.ports, "BLUE-1")).sending
    assert sending is not None
    assert [(c["change"], c["text"]) for c in sending.links] == [("new", "blocks BLUE-2")]
    await waiting_for_red(synced)
    request = (await preview(synced.red.ports, "RED-1")).request
    assert request is not None
    assert request.links.create == ("blocks RED-2",)
    await synced.settle()
    synced.blue.tracker.person_unlinks("BLUE-1", link)
    await waiting_for_red(synced)
    request = (await preview(synced.red.ports, "RED-1")).request
    assert request is not None
    assert request.links.delete == ("blocks RED-2",)


async def test_a_waiting_request_shows_what_it_would_write_and_who_would_win(synced: Pair) -> None:
    synced.tick()
    synced.red.tracker.person_edits("RED-1", summary="ours")
    synced.tick()
    synced.blue.tracker.person_edits("BLUE-1", summary="theirs", status="done")
    synced.blue.tracker.person_comments("BLUE-1", "see above")
    await waiting_for_red(synced)
    request = (await preview(synced.red.ports, "RED-1")).request
    assert request is not None
    assert (request.act, request.remote_key) == ("update", "BLUE-1")
    assert request.fields == {"summary": ("ours", "theirs"), "status": ("open", "done")}
    assert request.comments.create == ("see above",)
    (conflict,) = request.conflicts
    assert (conflict.field, conflict.kept, conflict.lost, conflict.winner) == ("summary", "theirs", "ours", "initiator")

    await synced.settle()
    assert (synced.red.only.summary, synced.red.only.status) == ("theirs", "done")


async def test_an_item_that_would_be_created_is_shown_by_its_key_there(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails")
    await two.blue.sync("BLUE-1")
    await waiting_for_red(two)
    seen = await preview(two.red.ports, "BLUE-1")
    assert (seen.key, seen.remote_key, seen.sending) == (None, "BLUE-1", None)
    assert seen.request is not None
    assert (seen.request.act, seen.request.fields) == ("create", {"summary": (None, "Login fails")})


async def test_a_pair_that_was_asked_for_is_shown_against_our_item(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="theirs", status="open")
    two.red.tracker.person_creates(summary="ours")
    await connect(two.blue.ports, "BLUE-1", "RED-1")
    await two.settle()
    request = (await preview(two.red.ports, "BLUE-1")).request
    assert request is not None
    assert (request.act, request.fields["status"]) == ("pair", (None, "open"))


async def test_a_deletion_there_is_shown_as_the_end(synced: Pair) -> None:
    await pause(synced.red.ports, "red-other")
    synced.blue.tracker.person_deletes("BLUE-1")
    await waiting_for_red(synced)
    synced.tick(5)
    await waiting_for_red(synced)
    request = (await preview(synced.red.ports, "RED-1")).request
    assert request is not None
    assert request.act == "end"


async def test_what_the_guard_would_stop_is_shown(synced: Pair) -> None:
    synced.red.guard = GuardSettings(min_items=0, share_ended=0.0)
    synced.blue.tracker.person_edits("BLUE-1", status=None)
    await waiting_for_red(synced)
    request = (await preview(synced.red.ports, "RED-1")).request
    assert request is not None
    assert request.stops is not None
    assert request.stops["error"] == "GuardStopped"


async def test_an_item_that_is_gone_says_so(synced: Pair) -> None:
    synced.blue.tracker.person_deletes("BLUE-1")
    seen = await preview(synced.blue.ports, "BLUE-1")
    assert seen.failed is not None
    assert seen.failed["error"] == "ItemGone"
    with pytest.raises(UnknownThing, match="no item BLUE-5"):
        await preview(synced.blue.ports, "BLUE-5")


async def test_nothing_is_written_anywhere(synced: Pair, tmp_path: Path) -> None:
    synced.red.tracker.person_attaches("RED-1", "log.txt", b"a file whose hash nobody knows")
    item = synced.red.only
    unhashed = tuple(a.model_copy(update={"sha256": None}) for a in item.attachments)
    synced.red.tracker.items["RED-1"] = item.model_copy(update={"attachments": unhashed})
    synced.blue.tracker.person_edits("BLUE-1", summary="theirs")
    await waiting_for_red(synced)
    before, calls = await everything(synced.red), len(synced.red.tracker.calls)
    files = sorted(tmp_path.rglob("*"))
    seen = await preview(synced.red.ports, "RED-1")
    assert seen.sending is not None
    assert len(seen.sending.message["replica"]["attachments"][0]["sha256"]) == 64
    assert seen.request is not None
    assert seen.request.fields["summary"] == ("Login fails", "theirs")
    assert await everything(synced.red) == before
    assert set(synced.red.tracker.calls[calls:]) == {"read"}
    assert sorted(tmp_path.rglob("*")) == files
    attachment = unhashed[0].id
    assert await synced.red.ports.store.read(lambda tx: tx.digest("red", "RED-1", attachment)) is None
