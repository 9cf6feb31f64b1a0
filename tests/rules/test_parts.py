"""Comments, files, labels and people: what the table says of them beyond the plain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from accord.model import Attachment, Comment, Item, Person, Replica, ReplicaAttachment, ReplicaComment
from accord.rules import MappingTable, PeopleTable

from .conftest import ALICE, BOB, CONTEXT, ITEM, rules

EVE = Person(username="eve", email="eve@red.example", name="Eve")
TALK = ITEM.model_copy(
    update={
        "comments": (
            Comment(id="1", body="Oil it. #share", author=BOB),
            Comment(id="2", body="Our oil is dear.", author=ALICE, internal=True),
            Comment(id="3", body="Done.", author=ALICE),
            Comment(id="4", body="Nightly build passed."),
        ),
        "attachments": (
            Attachment(id="1", name="door.png", size=10, sha256="aa" * 32, media_type="image/png", author=BOB),
            Attachment(id="2", name="key.pem", size=10, sha256="bb" * 32, media_type="text/plain", author=ALICE),
        ),
    }
)
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
THEIRS = Replica(
    key="R-7",
    comments=(
        ReplicaComment(id="7", body="Hi", author=EVE, created_at=AT),
        ReplicaComment(id="8", body="Bob here", author=Person(email="bob@blue.example"), internal=True),
        ReplicaComment(id="9", body="from a machine #private"),
    ),
    attachments=(
        ReplicaAttachment(id="5", name="log.txt", size=10, sha256="cc" * 32, media_type="text/plain", author=EVE),
        ReplicaAttachment(id="6", name="run.exe", size=10, sha256="dd" * 32),
    ),
)


async def sent(name: str, entry: Any) -> list[str]:
    return [part.id for part in getattr(await rules(**{name: entry}).outgoing(TALK, CONTEXT), name)]


async def received(name: str, entry: Any) -> list[Any]:
    return list(getattr(await rules(**{name: entry}).incoming(THEIRS, ITEM, CONTEXT), name))


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        ("both", ["1", "3", "4"]),
        ({"public_only": False}, ["1", "2", "3", "4"]),
        ({"send_only": {"body": "*#share*"}}, ["1"]),
        ({"send_only": {"author": ["alice", "bob@*"]}}, ["1", "3"]),
        ({"public_only": False, "send_only": {"author": "Alice Miller", "internal": True}}, ["2"]),
        ({"send_never": {"author": "bob", "body": "Done*"}}, ["4"]),
        ({"never": {"author": ""}}, ["1", "3"]),
        ({"only": {"author": "*"}, "send_never": {"body": "*#share*"}}, ["3"]),
        ({"public_only": False, "never": {"internal": True}}, ["1", "3", "4"]),
    ],
)
async def test_comments_leave_by_author_and_text(entry: Any, ids: list[str]) -> None:
    assert await sent("comments", entry) == ids


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        ({"send_only": {"body": "*#share*"}}, ["7", "8", "9"]),
        ({"never": {"body": "*#private*"}}, ["7", "8"]),
        ({"only": {"author": "*@red.example"}}, ["7"]),
        ({"only": {"internal": False}, "never": {"author": "eve"}}, ["9"]),
    ],
)
async def test_comments_come_in_by_author_and_text(entry: Any, ids: list[str]) -> None:
    assert [comment.id for comment in await received("comments", entry)] == ids


async def test_who_sees_a_received_comment() -> None:
    for entry, internal in (
        ("both", [False, True, False]),
        ({"receive_as": "internal"}, [True, True, True]),
        ({"receive_as": "public"}, [False, False, False]),
    ):
        assert [comment.internal for comment in await received("comments", entry)] == internal


async def test_the_line_before_a_comment() -> None:
    header = "{author} ({connection}, {key}) on {date} at {time}:"
    told = [comment.header for comment in await received("comments", {"header": header})]
    assert told == ["Eve (acme, R-7) on 2026-03-01 at 09:30:", "bob@blue.example (acme, R-7) on at :", ""]
    assert [comment.header for comment in await received("comments", {"author": "none"})] == ["", "", ""]


async def test_comments_in_the_name_of_the_person_where_the_tracker_can() -> None:
    table = rules(comments={"author": "person"})
    able = replace(CONTEXT, speaks_for_people=True)
    told = [(c.author, c.header) for c in (await table.incoming(THEIRS, ITEM, able)).comments]
    assert told == [(EVE, "Eve wrote:"), (BOB, ""), (None, "")]
    unable = [(c.author, c.header) for c in (await table.incoming(THEIRS, ITEM, CONTEXT)).comments]
    assert unable[1] == (Person(email="bob@blue.example"), "bob@blue.example wrote:")


@pytest.mark.parametrize(
    ("entry", "there", "here"),
    [
        ("both", ["1", "2"], ["5", "6"]),
        ({"only": {"name": "*.png"}}, ["1"], []),
        ({"never": {"name": ["*.pem", "*.EXE"]}}, ["1"], ["5"]),
        ({"only": {"author": ["bob", "eve"]}}, ["1"], ["5"]),
        ({"never": {"type": "text/*", "author": "bob"}}, [], ["6"]),
        ({"types": ["text/*"], "never": {"name": "key*"}}, [], ["5"]),
    ],
)
async def test_files_pass_by_name_type_and_author(entry: Any, there: list[str], here: list[str]) -> None:
    assert await sent("attachments", entry) == there
    assert [file.id for file in await received("attachments", entry)] == here


# --- labels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "ours", "theirs"),
    [
        ({"pairs": {"bug": "defect"}}, ("defect", "x"), ("bug", "x")),
        ({"pairs": {"bug": "defect"}, "only": ["none"]}, ("defect", "x"), ("bug",)),
        ({"add": ["from-red"]}, ("from-red", "x"), ("x",)),
        ({"prefix": "red:", "pairs": {"bug": "defect"}}, ("red:x", "defect", "y"), ("x", "bug")),
        ({"pairs": {"bug": "defect", "error": "defect"}}, ("defect",), ("bug",)),
    ],
)
async def test_labels_go_by_other_names(entry: Any, ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    table = rules(labels=entry)
    item = ITEM.model_copy(update={"labels": ours})
    assert (await table.outgoing(item, CONTEXT)).labels == theirs
    draft = await table.incoming(Replica(labels=theirs), item, CONTEXT)
    assert draft.labels == ours


@pytest.mark.parametrize(
    ("entry", "theirs", "ours"),
    [
        ({"pairs": {"bug": "defect"}, "add": ["from-red"]}, ("bug", "new"), ("defect", "new", "from-red")),
        ({"pairs": {"bug": "defect", "error": "defect"}}, ("error", "bug"), ("defect",)),
        ({"never": ["team-*"], "pairs": {"x": "team-x"}}, ("x", "team-y"), ("team-x",)),
    ],
)
async def test_labels_come_in_by_their_names_here(entry: Any, theirs: tuple[str, ...], ours: tuple[str, ...]) -> None:
    assert (await rules(labels=entry).incoming(Replica(labels=theirs), Item(), CONTEXT)).labels == ours


# --- people ------------------------------------------------------------------------------------------


async def who(person: Person, people: dict[str, Any], **entry: Any) -> Person | None:
    return (await rules(people, assignee=entry).incoming(Replica(assignee=person), ITEM, CONTEXT)).assignee


async def test_people_may_be_known_by_their_name() -> None:
    by_name = Person(name="alice miller")
    assert await who(by_name, {}) is None
    assert await who(by_name, {"match": ["email", "name"]}) == ALICE
    assert await who(Person(username="bob"), {"match": ["email"]}) is None
    twice = replace(CONTEXT, people=(ALICE, ALICE.model_copy(update={"username": "alice2"})))
    table = rules({"match": ["name"]}, assignee="both")
    assert (await table.incoming(Replica(assignee=by_name), ITEM, twice)).assignee is None


async def test_patterns_stand_for_everybody_else_there() -> None:
    people = {"*@red.example": "bob", "Eve@red.example": "alice", "default": "nobody"}
    assert await who(EVE, people) == ALICE
    assert await who(Person(email="Dan@red.example"), people) == BOB
    assert await who(Person(email="dan@green.example"), people) == Person(username="nobody")


async def test_a_field_has_a_default_of_its_own() -> None:
    stranger = Person(username="stranger")
    assert await who(stranger, {"default": "alice"}, default="bob") == BOB
    assert await who(stranger, {}, default="carl@blue.example") == Person(email="carl@blue.example")


def test_somebody_may_be_called_like_a_setting() -> None:
    table = PeopleTable.model_validate({"match": "alice", "share": "bob", "default": "carl"})
    assert (table.pairs, table.default) == ({"match": "alice", "share": "bob"}, "carl")


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"comments": {"header": "{body}"}}, "'{body}' is no placeholder here: use {author}, {date}"),
        ({"comments": {"header": "{author!r}"}}, "is no placeholder here"),
        ({"comments": {"only": {"text": "x"}}}, "Extra inputs"),
        ({"comments": {"receive_as": "secret"}}, "'internal' or 'public'"),
        ({"attachments": {"never": {"size": 3}}}, "Extra inputs"),
        ({"assignee": {"strict": True, "default": "x"}}, "either default or strict"),
        ({"status": {"pairs": {"a": "b"}, "values": {"a": "b"}}}, "either pairs, or values and send_values"),
        ({"status": {"direction": "send", "constant": "x", "pairs": {"a": "b"}}}, "can't be combined"),
        ({"fields.x": {"kind": "colour"}}, "Input should be 'text'"),
    ],
)
def test_parts_that_are_not_well_defined_are_refused(table: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem.replace("{", r"\{").replace("(", r"\(")):
        MappingTable.model_validate(table)


def test_ways_to_know_people_are_checked() -> None:
    for setting in ({"match": ["phone"]}, {"share": ["e-mail"]}):
        with pytest.raises(ValidationError, match="'email', 'username' or 'name'"):
            PeopleTable.model_validate(setting)
