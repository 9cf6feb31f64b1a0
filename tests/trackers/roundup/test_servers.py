"""Roundups that are set up otherwise, and such as fail."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from accord.errors import Throttled, Unreachable
from accord.model import Comment, Item, Patch
from accord.testing.roundup import RoundupServer
from tests.trackers.roundup.conftest import connect


async def test_on_the_stock_schema_the_first_message_bears_the_mark(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path, stock=True) as server:
        tracker, alice = connect(server), server.user("alice")
        plain = await alice.create("By Alice", "text")
        full = (await tracker.create(Item(summary="Full", description="text"), "twin-full")).id
        bare = (await tracker.create(Item(summary="Bare"), "twin-bare")).id
        assert await tracker.find("twin-full") == full
        assert await tracker.find("twin-bare") == bare
        assert await tracker.find("twin") is None
        read = [await tracker.read(key) for key in (plain, full, bare)]
        assert [(item.description, item.marker) for item in read] == [
            ("text", None),
            ("text", "twin-full"),
            (None, "twin-bare"),
        ]
        assert all(item.comments == () and item.due is None for item in read)
        assert "due" not in (await tracker.describe()).fields

        # The mark stays when the description comes and goes.
        await tracker.update(bare, Patch(values={"description": "now"}), read[2].version)
        assert (await tracker.read(bare)).description == "now"
        await tracker.update(bare, Patch(values={"description": None}), None)
        item = await tracker.read(bare)
        assert (item.description, item.marker, item.comments) == (None, "twin-bare", ())
        await tracker.close()


async def test_a_rate_limit_is_waited_out_not_failed(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path, calls_per_hour=5) as server:
        tracker = connect(server)
        with pytest.raises(Throttled) as caught:
            await asyncio.gather(*(tracker.find("nothing") for _ in range(20)))
        assert 0 < caught.value.retry_after <= 3600
        assert caught.value.scope == "tracker"
        await tracker.close()


async def test_a_restart_between_calls_does_not_matter(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path) as server:
        tracker, alice = connect(server), server.user("alice")
        key = await alice.create("Restart", "...")
        version = (await tracker.read(key)).version
        server.stop()
        with pytest.raises(Unreachable):
            await tracker.read(key)
        server.restart()
        assert (await tracker.read(key)).version == version
        await tracker.add_comment(key, Comment(body="still here"), "m")
        await tracker.close()


async def test_a_breakdown_inside_roundup_is_waited_out(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path) as server:
        tracker, alice = connect(server), server.user("alice")
        key = await alice.create("Broken", "...")
        version = (await tracker.read(key)).version
        (server.home / "detectors" / "broken.py").write_text(
            "def fail(db, cl, nodeid, newvalues):\n    raise RuntimeError('out of order')\n"
            "def init(db):\n    db.issue.audit('set', fail)\n"
        )
        server.restart()
        with pytest.raises(Unreachable, match="check the server log"):
            await tracker.update(key, Patch(values={"summary": "x"}), version)
        await tracker.close()


async def test_lists_longer_than_the_trackers_limit_are_paged(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path) as server:
        alice = server.user("alice")
        keys = [await alice.create(f"Many {n}", "...") for n in range(10)]
        (server.home / "interfaces.py").write_text(
            "from roundup.rest import RestfulInstance\nRestfulInstance.max_response_row_size = 4\n"
        )
        server.restart()
        tracker = connect(server)
        changes = await tracker.changes(None)
        assert [hint.key for hint in changes.hints] == keys
        await alice.set(keys[0], title="Changed")
        assert [hint.key for hint in (await tracker.changes(changes.cursor)).hints] == [keys[0]]
        assert await tracker.matching("title=many", keys) == set(keys[1:])
        await tracker.close()
