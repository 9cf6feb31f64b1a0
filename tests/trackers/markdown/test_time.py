"""Time spent: a file each, that people write and correct as they like."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.errors import ItemBroken, VersionMismatch
from accord.model import Person, WorkLog
from accord.trackers.markdown import MarkdownTracker
from tests.trackers.markdown.conftest import connect
from tests.trackers.markdown.person import FolderPerson

AT = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)
DAY = AT.replace(hour=0, minute=0)
FILE = "---\nauthor: alice\nspent: 1.5h  # about\nstarted: 2026-11-02T10:30:00Z\nactivity: Design\n---\n\nReading\n"


@pytest.fixture
async def key(person: FolderPerson) -> str:
    return await person.create("Takes long")


@pytest.mark.parametrize(
    ("spent", "seconds"),
    [("1h 30m", 5400), ("1.5h", 5400), ("1h30m", 5400), ("45 m", 2700), ("20s", 20), ("100h", 360_000), ("0m", 0)],
)
async def test_time_is_read_as_people_write_it(
    tracker: MarkdownTracker, person: FolderPerson, key: str, spent: str, seconds: int
) -> None:
    person.log_time(key, "monday.md", f"---\nspent: {spent}\nstarted: 2026-11-02\nauthor: alice\n---\n\nReading\n")
    (log,) = (await tracker.read(key)).worklogs
    assert log == WorkLog(id="monday", seconds=seconds, body="Reading", author=Person(username="alice"), started_at=DAY)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\nauthor: alice\nspent: a while\n---\n", 3, "spent is no time: 'a while'"),
        ("---\nspent: 90\n---\n", 2, "spent is no time: '90'"),
        ("---\nspent: -1h\n---\n", 2, "spent is no time"),
        ("---\nspent: [1h]\n---\n", 2, "must be one text"),
        ("---\nauthor: alice\n---\nReading\n", 1, "does not say how much time"),
        ("An hour, I think\n", 1, "does not say how much time"),
        ("---\nspent: 1h\nstarted: monday\n---\n", 3, "no point in time"),
    ],
)
async def test_a_file_of_time_that_makes_no_sense_is_named(
    tracker: MarkdownTracker, person: FolderPerson, key: str, text: str, line: int, message: str
) -> None:
    person.log_time(key, "monday.md", text)
    with pytest.raises(ItemBroken, match=message) as broken:
        await tracker.read(key)
    error = broken.value
    assert (error.file, error.line, error.item) == (f"{key}/time/monday.md", line, key)
    assert error.remedy


async def test_a_new_file_of_time_looks_as_people_write_it(tracker: MarkdownTracker, folder: Path, key: str) -> None:
    log = WorkLog(seconds=5400, body="Reading", header="Bob:", author=Person(username="bob"), started_at=DAY)
    await tracker.add_worklog(key, log, "mark")
    assert (folder / key / "time" / "0001-bob.md").read_text().splitlines() == [
        "---",
        "author: bob",
        "spent: 1h 30m",
        "started: 2026-11-02",
        'header: "Bob:"',
        "accord: mark",
        "---",
        "",
        "Reading",
    ]


async def test_only_what_was_corrected_is_written(tracker: MarkdownTracker, person: FolderPerson, key: str) -> None:
    path = person.log_time(key, "monday.md", FILE)
    (log,) = (await tracker.read(key)).worklogs
    # Some trackers know but the day.
    await tracker.edit_worklog(key, log.model_copy(update={"body": "Writing", "started_at": DAY}))
    assert path.read_text() == FILE.replace("Reading", "Writing")
    await tracker.edit_worklog(key, log.model_copy(update={"seconds": 60, "started_at": None}))
    assert path.read_text() == FILE.replace("1.5h", "1m")
    await tracker.edit_worklog(key, log.model_copy(update={"started_at": DAY.replace(day=3)}))
    assert path.read_text() == FILE.replace("1.5h", "1h 30m").replace("2026-11-02T10:30:00Z", "2026-11-03")


async def test_what_a_person_saved_meanwhile_is_neither_overwritten_nor_deleted(
    tracker: MarkdownTracker, person: FolderPerson, key: str
) -> None:
    path = person.log_time(key, "monday.md", FILE)
    (log,) = (await tracker.read(key)).worklogs
    path.write_text(FILE.replace("1.5h", "2h"))
    with pytest.raises(VersionMismatch):
        await tracker.edit_worklog(key, log.model_copy(update={"seconds": 60}))
    with pytest.raises(VersionMismatch):
        await tracker.delete_worklog(key, log.id)
    assert path.read_text() == FILE.replace("1.5h", "2h")


async def test_time_is_booked_once_however_often_it_is_tried(folder: Path, person: FolderPerson, key: str) -> None:
    log = WorkLog(seconds=60, started_at=AT)
    tries = [await connect(folder).add_worklog(key, log, "mark") for _ in range(2)]
    assert len({written.id for written in tries}) == 1
    (read,) = (await connect(folder).read(key)).worklogs
    assert (read.id, read.marker, read.started_at) == (tries[0].id, "mark", AT)


async def test_a_file_of_time_is_a_change_of_its_item(tracker: MarkdownTracker, person: FolderPerson, key: str) -> None:
    changes = await tracker.changes(None)
    path = person.log_time(key, "monday.md", FILE)
    changes = await tracker.changes(changes.cursor)
    assert [hint.key for hint in changes.hints] == [key]
    path.unlink()
    assert [hint.key for hint in (await tracker.changes(changes.cursor)).hints] == [key]


async def test_what_is_written_is_the_version_that_is_told(tracker: MarkdownTracker, key: str) -> None:
    await tracker.read(key)
    written = await tracker.add_worklog(key, WorkLog(seconds=60, started_at=AT), "mark")
    assert written.version == (await tracker.read(key)).version
