"""A real Redmine, set to Textile, and a folder of Markdown files under sync: texts, images, people and time."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accord.rules import MappingTable, PeopleTable, TableRules
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from tests.pair import Pair, SideUnderTest, pair
from tests.trackers.markdown.person import FolderPerson
from tests.trackers.markdown.test_two_folders import use_folder
from tests.trackers.redmine.conftest import connect

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MAP = dict.fromkeys(("summary", "description", "comments", "attachments", "worklogs"), "both")
OURS, THEIRS = {"alva": "alice", "berta": "bob"}, {"alice": "alva", "bob": "berta"}


class Watched:
    """A connector under another name, and what was asked of it."""

    def __init__(self, name: str, tracker: RedmineTracker) -> None:
        self.name, self._tracker, self.calls = name, tracker, list[str]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tracker, name)
        if inspect.iscoroutinefunction(found):
            self.calls.append(name)
        return found


def rules(people: dict[str, str]) -> TableRules:
    return TableRules(MappingTable.model_validate(MAP), PeopleTable.model_validate(people))


def use_redmine(side: SideUnderTest, server: RedmineServer) -> None:
    name, tracker = side.tracker.name, connect(server, text_formatting="textile")
    side.tracker = side.ports.trackers[name] = Watched(name, tracker)  # type: ignore[assignment]
    side.trigger = None


@pytest.fixture
async def two(tmp_path: Path, redmine_server: RedmineServer) -> AsyncIterator[Pair]:
    """Blue has the folder, red the Redmine."""
    async with pair(tmp_path / "blobs") as both:
        use_folder(both.blue, tmp_path / "blue")
        use_redmine(both.red, redmine_server)
        both.blue.rules, both.red.rules = rules(THEIRS), rules(OURS)  # type: ignore[assignment]
        yield both
        await both.red.tracker.close()  # type: ignore[attr-defined]


@pytest.fixture
def person(tmp_path: Path, two: Pair) -> FolderPerson:
    return FolderPerson(tmp_path / "blue")


async def under_sync(two: Pair, key: str) -> None:
    await two.red.sync(key)
    await two.settle(seconds=600)


async def described(alice: RedminePerson, key: str) -> str:
    return str((await alice.get(key))["description"]).replace("\r\n", "\n")


def shown_by(server: RedmineServer, key: str, folder: Path) -> list[str]:
    """The texts of an issue as its page shows them: HTML, in Textile."""
    made = folder / "shown.json"
    server.ruby(
        "Setting.define_singleton_method(:text_formatting) { 'textile' }\n"
        f"issue = Issue.find({key})\n"
        "show = ->(thing, field) { ApplicationController.render(inline: '<%= textilizable(thing, field, "
        "attachments: issue.attachments, only_path: true) %>', locals: {thing: thing, field: field, issue: issue}) }\n"
        "notes = issue.journals.reject { |one| one.notes.blank? }.map { |one| show.call(one, :notes) }\n"
        f"File.write('{made}', JSON.dump([show.call(issue, :description)] + notes))"
    )
    return list(json.loads(made.read_text()))


async def test_images_of_redmine_are_shown_in_the_folder_and_back(
    two: Pair, alice: RedminePerson, person: FolderPerson, redmine_server: RedmineServer, tmp_path: Path
) -> None:
    text = "h1.  Odd   spelling\n\nSee !{width:50%}shot.png(how)! and !elsewhere.png!"
    key = await alice.create("Shots", text)
    await alice.attach(key, "shot.png", PNG, "image/png")
    await alice.comment(key, "Again: !shot.png!")
    await under_sync(two, key)
    file = person.file("BLUE-1")
    assert '![how](BLUE-1/files/shot.png "{width:50%}") and ![](elsewhere.png)' in file.read_text()
    (note,) = (tmp_path / "blue/BLUE-1/comments").iterdir()
    assert "Again: ![](../files/shot.png)" in note.read_text()

    journals = len((await alice.get(key))["journals"])
    await person.attach("BLUE-1", "my new.png", PNG + b"2")
    front, body = person.load(file)
    person.save(file, front, f"{body}\n![](BLUE-1/files/my%20new.png)\n")
    await person.comment("BLUE-1", "![](<../files/my new.png>)")
    comments = [path.read_bytes() for path in sorted((tmp_path / "blue/BLUE-1/comments").iterdir())]
    await two.settle(seconds=600)
    assert await described(alice, key) == f"{text}\n\n!my%20new.png!"
    assert person.load(file)[1] == f"{body}\n![](BLUE-1/files/my%20new.png)\n"
    assert [path.read_bytes() for path in sorted((tmp_path / "blue/BLUE-1/comments").iterdir())] == comments
    # One for the text, one for the file, one for the comment.
    assert len((await alice.get(key))["journals"]) == journals + 3
    description, *notes = shown_by(redmine_server, key, tmp_path)
    ids = {str(one["filename"]): one["id"] for one in (await alice.get(key))["attachments"]}
    assert ids.keys() == {"shot.png", "my new.png"}
    sources = [re.findall(r'src="([^"]+)"', html) for html in (description, *notes)]
    shot, new = f"/attachments/download/{ids['shot.png']}/shot.png", f"/attachments/download/{ids['my new.png']}/"
    assert sources[0][0] == shot
    assert sources[0][2].startswith(new)
    assert sources[1] == [shot]
    assert [source.startswith(new) for source in sources[2]] == [True]


async def test_a_file_that_neither_may_call_as_the_other_does_is_shown_on_both(
    two: Pair, alice: RedminePerson, person: FolderPerson, redmine_server: RedmineServer, tmp_path: Path
) -> None:
    key = await person.create("Names")
    await person.attach(key, "50%.png", PNG)
    await person.edit(key, "description", f"![]({key}/files/50%25.png)")
    own = person.file(key).read_text()
    await two.settle(seconds=600)
    (made,) = [str(row["id"]) for row in await alice.issues(subject="Names")]
    assert await described(alice, made) == "!50_.png!"
    assert person.file(key).read_text() == own
    (description,) = shown_by(redmine_server, made, tmp_path)
    assert re.findall(r'src="([^"]+)"', description)[0].endswith("/50_.png")
    await alice.set(made, description="!50_.png!\n\nOver")
    await two.settle(seconds=600)
    assert f"![]({key}/files/50%25.png)\n\nOver" in person.file(key).read_text()


async def test_people_are_mentioned_under_their_names_on_each_side(
    two: Pair, alice: RedminePerson, person: FolderPerson
) -> None:
    key = await alice.create("Mentions", "For user:alice and @bob, not @carol@ or user:nobody.\n\nOld")
    await alice.comment(key, "@alice: please")
    await under_sync(two, key)
    file = person.file("BLUE-1")
    front, body = person.load(file)
    assert body.strip() == "For @alva and @berta, not `carol` or user:nobody.\n\nOld"
    person.save(file, front, body.replace("Old", "New, @alva"))
    await person.comment("BLUE-1", "Thanks, @berta!")
    await two.settle(seconds=600)
    assert await described(alice, key) == "For user:alice and @bob, not @carol@ or user:nobody.\n\nNew, @alice"
    notes = [str(one["notes"]) for one in await alice.comments(key)]
    assert notes[0] == "@alice: please"
    assert notes[1].endswith("Thanks, @bob!")


async def test_time_is_booked_corrected_and_taken_back_on_either_side(
    two: Pair, alice: RedminePerson, person: FolderPerson, tmp_path: Path
) -> None:
    key = await alice.create("Takes long")
    entry = await alice.log_time(key, 1.5, "Reading", "2026-11-02")
    await under_sync(two, key)
    folder = tmp_path / "blue/BLUE-1/time"
    (copy,) = folder.iterdir()
    front, body = person.load(copy)
    assert (front["spent"], str(front["started"]), body.strip()) == ("1h 30m", "2026-11-02", "Reading")

    person.log_time("BLUE-1", "tuesday.md", "---\nspent: 20m\n---\nWriting\n")
    person.save(copy, {**front, "spent": "2h"}, body)
    await two.settle(seconds=600)
    rows = {str(row["comments"]): row for row in await entries(alice, key)}
    assert {text: row["hours"] for text, row in rows.items()} == {"Reading": 2.0, "Writing": 0.33}
    assert str(rows["Reading"]["id"]) == entry
    assert rows["Reading"]["spent_on"] == "2026-11-02"

    # What has no day there has one here, which a correction leaves alone.
    ours = rows["Writing"]["id"]
    await alice.call("PUT", f"time_entries/{ours}.json", json={"time_entry": {"spent_on": "2026-11-05"}})
    await two.settle(seconds=600)
    corrected = folder / "tuesday.md"
    front, body = person.load(corrected)
    assert (front["spent"], str(front["started"])) == ("20m", "2026-11-05")
    person.save(corrected, {name: value for name, value in front.items() if name != "started"} | {"spent": "30m"}, body)
    await two.settle(seconds=600)
    assert [(row["hours"], row["spent_on"]) for row in await entries(alice, key) if row["id"] == ours] == [
        (0.5, "2026-11-05")
    ]
    await alice.call("DELETE", f"time_entries/{ours}.json")
    copy.unlink()
    await two.settle(seconds=600)
    assert await entries(alice, key) == []
    assert list(folder.iterdir()) == []


async def entries(alice: RedminePerson, key: str) -> list[dict[str, Any]]:
    found = await alice.call("GET", "time_entries.json", params={"issue_id": key})
    return list(found["time_entries"])
