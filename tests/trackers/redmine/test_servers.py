"""Answers that are lost, and servers that go away."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from accord.errors import Unreachable
from accord.model import Attachment, Comment, Item, Patch
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from tests.trackers.redmine.conftest import connect


class LostAnswers:
    """Redmine does what it is asked, and the connection drops before its answer to the next write arrives."""

    def __init__(self, tracker: RedmineTracker, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        http = tracker._rest.http
        read, self.lost = http._read, 0

        async def drop(response: aiohttp.ClientResponse, sent: str, path: str) -> bytes:
            answer = await read(response, sent, path)
            if sent == method and not self.lost:
                self.lost += 1
                raise aiohttp.ServerDisconnectedError
            return answer

        monkeypatch.setattr(http, "_read", drop)


async def test_an_item_whose_making_was_not_answered_is_found(
    tracker: RedmineTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tracker.describe()
    lost = LostAnswers(tracker, monkeypatch, "POST")
    with pytest.raises(Unreachable) as unsure:
        await tracker.create(Item(summary="Once"), "lost-1")
    assert (lost.lost, unsure.value.undone) == (1, False)
    key = await tracker.find("lost-1")
    assert key is not None
    item = await tracker.read(key)
    assert (item.summary, item.marker) == ("Once", "lost-1")


async def test_a_comment_whose_making_was_not_answered_is_there_to_be_recognised(
    tracker: RedmineTracker, alice: RedminePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Once")
    LostAnswers(tracker, monkeypatch, "PUT")
    with pytest.raises(Unreachable):
        await tracker.add_comment(key, Comment(header="Anna wrote:", body="Hello"), "m")
    assert [comment.body for comment in (await tracker.read(key)).comments] == ["Anna wrote:\n\nHello"]


async def test_a_file_that_was_uploaded_in_vain_is_seen_by_nobody(
    tracker: RedmineTracker, alice: RedminePerson, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Once")
    LostAnswers(tracker, monkeypatch, "POST")
    with pytest.raises(Unreachable):
        await tracker.add_attachment(key, Attachment(name="a.bin"), file, "m")
    assert (await tracker.read(key)).attachments == ()
    written = await tracker.add_attachment(key, Attachment(name="a.bin"), file, "m")
    assert [one.id for one in (await tracker.read(key)).attachments] == [written.id]


async def test_an_update_that_was_not_answered_can_be_made_again(
    tracker: RedmineTracker, alice: RedminePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Once")
    item = await tracker.read(key)
    LostAnswers(tracker, monkeypatch, "PUT")
    patch = Patch(values={"summary": "New"})
    with pytest.raises(Unreachable):
        await tracker.update(key, patch, item.version)
    again = await tracker.read(key)
    assert again.summary == "New"
    assert (await tracker.update(key, patch, again.version)).version == again.version
    assert len((await alice.get(key))["journals"]) == 1


async def test_a_restart_between_calls_does_not_matter(redmine_server: RedmineServer, alice: RedminePerson) -> None:
    tracker, key = connect(redmine_server), await alice.create("Restart")
    version = (await tracker.read(key)).version
    redmine_server.stop()
    with pytest.raises(Unreachable) as unreachable:
        await tracker.read(key)
    assert unreachable.value.scope == "tracker"
    redmine_server.restart()
    assert (await tracker.read(key)).version == version
    await tracker.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "{server}nowhere/"])
async def test_an_address_that_is_no_redmine_is_told(redmine_server: RedmineServer, url: str) -> None:
    tracker = connect(redmine_server, url=url.format(server=redmine_server.url))
    with pytest.raises(Unreachable, match="redmine"):
        await tracker.changes(None)
    await tracker.close()
