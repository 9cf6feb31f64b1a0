"""Files that can't be read as they stand stop nobody but themselves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from accord.errors import ConfigurationInvalid, ItemBroken, ItemGone, WriteRefused
from accord.model import Item, Patch
from accord.trackers.markdown import MarkdownTracker
from tests.trackers.markdown.person import FolderPerson

BROKEN = {
    "not closed": ("---\nsummary: x\n\ntext", 1, "no end"),
    "malformed": ("---\nsummary: x\nstatus: [a\n---\n", 4, "Not valid YAML"),
    "colon": ("---\nsummary: a: b\n---\n", 2, "Not valid YAML"),
    "tab": ("---\nsummary: x\nlabels:\n\t- a\n---\n", 4, "Not valid YAML"),
    "twice": ("---\nsummary: x\nsummary: y\n---\n", 3, "twice"),
    "a list": ("---\n- summary\n---\n", 2, "key: value"),
    "labels": ("---\nsummary: x\nlabels: 5\n---\n", 3, "must be a list"),
    "label": ("---\nsummary: x\nlabels: [a, {b: c}]\n---\n", 3, "must be one text"),
    "status": ("---\nstatus: [open]\n---\n", 2, "must be one text"),
    "due": ("---\nsummary: x\ndue: tomorrow\n---\n", 3, "no date"),
    "assignee": ("---\nassignee: {first: A}\n---\n", 2, "one person"),
    "link": ("---\nsummary: x\nlinks: [blocks PAY-2, blocks]\n---\n", 3, "leads nowhere: 'blocks'"),
    "link without a kind": ("---\nlinks: [PAY-2]\n---\n", 2, "leads nowhere"),
    "created": ("---\ncreated: long ago\n---\n", 2, "no point in time"),
    "key": ("---\nsummary: x\nkey: login\n---\n", 3, "no key"),
    "empty": ("\n", 1, "empty"),
    "recursive": ("---\na: &a [*a]\n---\n", 2, "too large"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_is_named_with_line_and_reason(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson, name: str
) -> None:
    text, line, message = BROKEN[name]
    (folder / "sub").mkdir()
    (folder / "sub" / "PAY-7-broken.md").write_text(text)
    other = await person.create("Sound")
    with pytest.raises(ItemBroken, match=message) as broken:
        await tracker.read("PAY-7")
    error = broken.value
    assert (error.file, error.line, error.item) == ("sub/PAY-7-broken.md", line, "PAY-7")
    assert (await tracker.read(other)).summary == "Sound"
    assert {hint.key for hint in (await tracker.changes(None)).hints} == {"PAY-7", other}


async def test_what_is_not_utf8_is_named(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "PAY-1.md").write_bytes(b"---\nkey: PAY-1\n---\ncaf\xe9\n")
    with pytest.raises(ItemBroken, match="UTF-8") as broken:
        await tracker.read("PAY-1")
    assert broken.value.line == 4


async def test_a_broken_comment_is_named(tracker: MarkdownTracker, folder: Path, person: FolderPerson) -> None:
    key = await person.create("Commented")
    comment = await person.comment(key, "Hello")
    (folder / key / "comments" / f"{comment}.md").write_text("---\nauthor: [\n---\nHello")
    with pytest.raises(ItemBroken) as broken:
        await tracker.read(key)
    assert (broken.value.file, broken.value.item) == (f"{key}/comments/{comment}.md", key)


async def test_a_file_that_loses_its_front_matter_is_still_the_item_that_it_was(
    tracker: MarkdownTracker, folder: Path
) -> None:
    path = folder / "login.md"
    path.write_text("---\nkey: PAY-3\nsummary: x\n---\n")
    cursor = (await tracker.changes(None)).cursor
    path.write_text("---\nsumm")
    assert [(hint.key, hint.gone) for hint in (await tracker.changes(cursor)).hints] == [("PAY-3", False)]
    with pytest.raises(ItemBroken):
        await tracker.read("PAY-3")


async def test_one_key_in_two_files_is_an_error_that_names_both(tracker: MarkdownTracker, folder: Path) -> None:
    for name in ("PAY-1-a.md", "PAY-1-b.md"):
        (folder / name).write_text(f"---\nsummary: {name}\n---\n")
    with pytest.raises(ItemBroken) as broken:
        await tracker.read("PAY-1")
    assert "PAY-1-a.md and PAY-1-b.md" in broken.value.message
    hints = (await tracker.changes(None)).hints
    assert [(hint.key, hint.version) for hint in hints] == [("PAY-1", None)]
    (folder / "PAY-1-b.md").unlink()
    assert (await tracker.read("PAY-1")).summary == "PAY-1-a.md"


async def test_what_was_broken_is_told_without_version_when_it_is_mended(
    tracker: MarkdownTracker, folder: Path
) -> None:
    sound = "---\nkey: PAY-1\nsummary: x\n---\n"
    (folder / "PAY-1.md").write_text(sound)
    await tracker.read("PAY-1")
    (folder / "PAY-1.md").write_text("---\nkey: PAY-1\nsummary: [\n---\n")
    cursor = (await tracker.changes(None)).cursor
    with pytest.raises(ItemBroken):
        await tracker.read("PAY-1")
    (folder / "PAY-1.md").write_text(sound)
    (hint,) = (await tracker.changes(cursor)).hints
    assert (hint.key, hint.version) == ("PAY-1", None)


async def test_an_undeclared_value_is_named_with_the_nearest(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "tracker.yaml").write_text("statuses: [open, in progress]\npeople: [{username: alice}]\n")
    (folder / "PAY-1.md").write_text("---\nsummary: x\nstatus: In Progres\n---\n")
    (folder / "PAY-2.md").write_text("---\nassignee: alise\n---\n")
    with pytest.raises(ItemBroken) as status:
        await tracker.read("PAY-1")
    assert (status.value.line, status.value.remedy) == (3, "Did you mean 'in progress'?")
    with pytest.raises(ItemBroken, match="alise") as person:
        await tracker.read("PAY-2")
    assert person.value.remedy == "Did you mean 'alice'?"


async def test_what_was_not_declared_is_told_again_when_it_is(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "tracker.yaml").write_text("statuses: [open]\n")
    (folder / "PAY-1.md").write_text("---\nstatus: closed\n---\n")
    (folder / "PAY-2.md").write_text("---\nstatus: open\n---\n")
    cursor = (await tracker.changes(None)).cursor
    with pytest.raises(ItemBroken):
        await tracker.read("PAY-1")
    (folder / "tracker.yaml").write_text("statuses: [open, closed]\n")
    changes = await tracker.changes(cursor)
    assert [(hint.key, hint.version) for hint in changes.hints] == [("PAY-1", None)]
    assert (await tracker.read("PAY-1")).status == "closed"
    assert (await tracker.changes(changes.cursor)).hints == ()


async def test_writing_an_undeclared_value_is_refused_with_the_nearest(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "tracker.yaml").write_text("statuses: [open, closed]\nfields: {points: {kind: number}}\n")
    (folder / "PAY-1.md").write_text("---\nsummary: x\n---\n")
    for path, value in (("status", "opne"), ("fields.point", 1), ("fields.points", "many"), ("fields.key", "PAY-2")):
        with pytest.raises(WriteRefused) as refused:
            await tracker.update("PAY-1", Patch(values={path: value}), None)
        assert refused.value.field == path
    assert (folder / "PAY-1.md").read_text() == "---\nsummary: x\n---\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [("statuses: [a\n", 2), ("people: []\nstatus: [open]\n", 2), ("fields:\n  a: {kind: nonsense}\n", 1)],
)
async def test_a_wrong_declaration_is_named(tracker: MarkdownTracker, folder: Path, text: str, line: int) -> None:
    (folder / "tracker.yaml").write_text(text)
    with pytest.raises(ConfigurationInvalid) as wrong:
        await tracker.changes(None)
    assert (wrong.value.file, wrong.value.line) == ("tracker.yaml", line)


async def test_symbolic_links_lead_nowhere(tracker: MarkdownTracker, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\nkey: PAY-9\nsummary: secret\n---\n")
    (folder / "PAY-9.md").symlink_to(secret)
    (folder / "PAY-1.md").write_text("---\nsummary: x\n---\n")
    (folder / "PAY-1" / "files").mkdir(parents=True)
    (folder / "PAY-1" / "files" / "secret.txt").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    assert {hint.key for hint in (await tracker.changes(None)).hints} == {"PAY-1"}
    assert (await tracker.read("PAY-1")).attachments == ()
    with pytest.raises(ItemGone):
        await tracker.read("PAY-9")


async def test_a_conflict_of_git_is_not_taken_for_text(tracker: MarkdownTracker, folder: Path) -> None:
    def git(*arguments: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@example.net", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *names, *arguments], cwd=folder, check=False, capture_output=True, env=os.environ)

    path = folder / "PAY-1.md"
    git("init", "-b", "main")
    for branch, text in (("main", "old"), ("theirs", "theirs"), ("main", "ours")):
        git("checkout", "-B" if branch == "theirs" else "-q", branch)
        path.write_text(f"---\nsummary: x\n---\n{text}\n")
        git("add", ".")
        git("commit", "-m", text)
    git("merge", "theirs")
    assert "<<<<<<<" in path.read_text()
    other = MarkdownTracker("again", tracker.settings)
    with pytest.raises(ItemBroken, match="conflict") as broken:
        await other.read("PAY-1")
    assert broken.value.line == 4


async def test_a_summary_comes_from_the_first_heading_if_there_is_no_other(
    tracker: MarkdownTracker, folder: Path
) -> None:
    (folder / "PAY-1.md").write_text("# Login fails\n\nSince Monday.\n")
    item = await tracker.read("PAY-1")
    assert (item.summary, item.description) == ("Login fails", "# Login fails\n\nSince Monday.")
    await tracker.update("PAY-1", Patch(values={"summary": "Login is slow"}), item.version)
    text = (folder / "PAY-1.md").read_text()
    assert text == "---\nsummary: Login is slow\n---\n# Login fails\n\nSince Monday.\n"


async def test_a_new_file_looks_as_people_write_it(tracker: MarkdownTracker, folder: Path) -> None:
    draft = Item(
        summary="Login fails: für alle!",
        description="Text",
        status="open",
        labels=("shared", "a b"),
        due="2026-12-24",
        assignee={"name": "Alice A", "email": "alice@example.net"},
        fields={"severity": 2},
    )
    await tracker.create(draft, "mark")
    text = (folder / "PAY-1-login-fails-fur-alle.md").read_text()
    created = next(line for line in text.splitlines() if line.startswith("created: "))
    assert text.splitlines() == [
        "---",
        "key: PAY-1",
        'summary: "Login fails: für alle!"',
        "status: open",
        "labels: [shared, a b]",
        'assignee: "Alice A <alice@example.net>"',
        "due: 2026-12-24",
        "severity: 2",
        created,
        "accord: mark",
        "---",
        "",
        "Text",
    ]
