"""Servers that answer otherwise than RT does, or refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from accord.errors import AccordError, Unauthorized, Unreachable
from accord.model import Comment, Person
from accord.testing.rt import RTPerson, RTServer
from accord.trackers.rt import RTSettings, RTTracker
from tests.trackers.rt.conftest import connect


def tracker_at(url: str, token: str = "1-2-secret") -> RTTracker:
    return RTTracker("rt", RTSettings.model_validate({"url": url, "token": token}))


async def test_a_token_that_is_no_good_is_told(rt_server: RTServer) -> None:
    tracker = tracker_at(rt_server.url, "1-14-0123456789abcdef0123456789abcdef")
    with pytest.raises(Unauthorized) as refused:
        await tracker.read("1")
    assert refused.value.scope == "tracker"
    assert "0123456789abcdef" not in str(refused.value)
    await tracker.close()


async def test_an_address_that_is_no_rt_is_told(rt_server: RTServer) -> None:
    for url in (f"{rt_server.url}NoAuth/images", "http://127.0.0.1:9"):
        tracker = tracker_at(url, rt_server.token("syncbot"))
        with pytest.raises(AccordError):
            await tracker.changes(None)
        await tracker.close()


async def test_a_server_that_is_away_is_unreachable_and_then_there_again(
    tracker: RTTracker, rt_server: RTServer, alice: RTPerson
) -> None:
    key = await alice.create("Outlives it")
    rt_server.stop()
    with pytest.raises(Unreachable) as away:
        await tracker.add_comment(key, Comment(body="Hello"), "s1")
    assert away.value.undone
    rt_server.restart()
    assert (await tracker.read(key)).summary == "Outlives it"


async def test_an_account_with_few_rights_sees_people_by_their_logins(rt_server: RTServer) -> None:
    tracker = connect(rt_server, "bob")
    described = await tracker.describe()
    assert {"alice", "bob", "syncbot"} <= {person.username for person in described.people}
    assert all(isinstance(person, Person) for person in described.people)
    assert described.fields["fields.Severity"].options == ("Low", "Medium", "High", "Critical")
    assert described.fields["fields.points"].kind == "number"
    assert "Hidden" not in described.fields["fields.queue"].options
    await tracker.close()


def test_settings_are_checked() -> None:
    for wrong in ({"url": "rt.example.com"}, {"time_zone": "Mars/Olympus"}, {"text_format": "markdown"}, {"tokn": "x"}):
        with pytest.raises(ValidationError):
            RTSettings.model_validate({"url": "https://rt.example.com", "token": "x", **wrong})
