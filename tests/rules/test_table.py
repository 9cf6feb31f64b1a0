"""The mapping table, entry by entry."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from accord.errors import RuleFailed
from accord.model import Item, Person, Replica, ReplicaAttachment, ReplicaComment
from accord.ports import FieldInfo, RuleContext
from accord.rules import MappingTable, Origin, TableRules

from .conftest import ALICE, BOB, CONTEXT, ITEM, rules


async def sent(item: Item = ITEM, **entries: Any) -> dict[str, Any]:
    return (await rules(**entries).outgoing(item, CONTEXT)).dump()


async def received(replica: Replica, item: Item = ITEM, people: Any = None, **entries: Any) -> Item:
    return await rules(people, **entries).incoming(replica, item, CONTEXT)


# --- what leaves -------------------------------------------------------------------------------------


async def test_an_empty_table_lets_out_nothing_but_key_and_address() -> None:
    assert await sent() == {"key": "B-1", "url": "https://blue.example/B-1"}


async def test_a_mapped_empty_field_is_null_and_an_unmapped_one_is_absent() -> None:
    replica = await sent(resolution="both", fields__nothing="send", summary="receive", status="never")
    assert replica == {"key": "B-1", "url": "https://blue.example/B-1", "resolution": None, "fields": {"nothing": None}}


async def test_a_field_travels_under_the_name_it_is_given() -> None:
    entries = {"priority": {"as": "custom.urgency"}, "fields__severity": {"as": "priority"}, "due": {"as": "custom.by"}}
    replica = await sent(**entries)
    assert replica["custom"] == {"urgency": "high", "by": "2026-03-01"}
    assert replica["priority"] == "2"


async def test_pairs_templates_and_constants_shape_what_is_sent() -> None:
    replica = await sent(
        status={"send_values": {"open": "New"}},
        summary={"direction": "send", "template": "[{key}] {value}"},
        fields__team={"direction": "send", "constant": "blue"},
    )
    assert (replica["status"], replica["summary"]) == ("New", "[B-1] The door squeaks")
    assert replica["fields"] == {"team": "blue"}


async def test_internal_comments_stay_here_unless_the_table_lets_them_out() -> None:
    assert [c["id"] for c in (await sent(comments="both"))["comments"]] == ["1"]
    everything = (await sent(comments={"public_only": False}))["comments"]
    assert [(c["id"], c["internal"]) for c in everything] == [("1", False), ("2", True)]


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("both", ["door.png"]),
        ({"max_size": "2 KiB"}, ["door.png"]),
        ({"max_size": "2 kB"}, []),
        ({"types": ["image/*"]}, ["door.png"]),
        ({"types": ["text/*"]}, []),
        ("receive", None),
    ],
)
async def test_files_leave_by_size_and_type(entry: Any, names: list[str] | None) -> None:
    files = (await sent(attachments=entry)).get("attachments")
    assert (None if files is None else [file["name"] for file in files]) == names


async def test_a_file_whose_bytes_are_not_known_does_not_leave() -> None:
    unread = ITEM.model_copy(update={"attachments": (ITEM.attachments[0].model_copy(update={"sha256": None}),)})
    assert (await sent(unread, attachments="both"))["attachments"] == []


@pytest.mark.parametrize(
    ("entry", "labels"),
    [
        ("both", ["shared", "blue:team"]),
        ({"only": ["sh*"]}, ["shared"]),
        ({"never": ["blue:*"]}, ["shared"]),
        ({"prefix": "blue:"}, ["team"]),
    ],
)
async def test_labels_leave_by_pattern_and_without_their_prefix(entry: Any, labels: list[str]) -> None:
    assert list((await sent(labels=entry))["labels"]) == labels


async def test_a_value_that_does_not_fit_where_it_travels_is_told_with_its_line() -> None:
    table = MappingTable.model_validate({"fields.parts": {"as": "priority"}})
    broken = TableRules(table, origin=Origin("accord.toml", {"fields.parts": 12}))
    item = ITEM.model_copy(update={"fields": {"parts": ["door"]}})
    with pytest.raises(RuleFailed) as caught:
        await broken.outgoing(item, CONTEXT)
    told = caught.value
    assert (told.file, told.line, told.field, told.value, told.item) == ("accord.toml", 12, "priority", ["door"], "B-1")
    assert str(told).startswith("accord.toml:12: What is sent as priority does not fit: input should be a valid string")


# --- what comes in -----------------------------------------------------------------------------------


async def test_what_the_replica_does_not_name_stays_and_null_empties() -> None:
    draft = await received(Replica(description=None), summary="both", description="both")
    assert (draft.summary, draft.description) == ("The door squeaks", None)


async def test_what_the_table_does_not_take_stays() -> None:
    draft = await received(Replica(summary="theirs", fields={"severity": "1"}), summary="send")
    assert (draft.summary, draft.fields) == ("The door squeaks", ITEM.fields)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Done", "closed"), ("Other", "open"), (None, None), ("", "")],
)
async def test_received_values_go_by_pairs_then_the_default(theirs: str | None, ours: str | None) -> None:
    draft = await received(Replica(status=theirs), status={"values": {"Done": "closed"}, "default": "open"})
    assert draft.status == ours


async def test_pairs_may_name_numbers_truth_nothing_and_members_of_lists() -> None:
    entry = {"values": {"3": "high", "true": "yes", "": "none", "x": "X"}}
    entries = {f"fields__{name}": entry for name in ("n", "t", "e", "m")}
    draft = await received(Replica(fields={"n": 3, "t": True, "e": None, "m": ["x", "y"]}), Item(), **entries)
    assert draft.fields == {"n": "high", "t": "yes", "e": "none", "m": ["X", "y"]}


async def test_a_strict_field_refuses_a_value_in_no_pair_and_names_the_nearest() -> None:
    with pytest.raises(RuleFailed) as caught:
        await received(Replica(status="Dome"), status={"values": {"Done": "closed"}, "strict": True})
    told = caught.value
    assert (told.field, told.value, told.step, told.item) == ("status", "Dome", "incoming", "B-1")
    assert told.remedy == "Add a pair for it, or a default. Did you mean 'Done'?"


async def test_an_unknown_value_is_taken_as_it_is_without_default_and_strict() -> None:
    assert (await received(Replica(status="Dome"), status={"values": {"Done": "closed"}})).status == "Dome"


async def test_their_key_can_be_kept_in_a_field_of_ours() -> None:
    entries = {"fields__remote": {"direction": "receive", "template": "{key} {url}"}}
    assert (await received(Replica(key="R-7"), **entries)).fields["remote"] == "R-7 "


async def test_long_text_is_cut() -> None:
    assert (await received(Replica(summary="abcdefgh"), summary={"max_length": 4})).summary == "abc…"


async def test_some_fields_are_set_only_when_the_item_is_made() -> None:
    entry = {"only_on_create": True}
    assert (await received(Replica(type="bug"), Item(), type=entry)).type == "bug"
    assert (await received(Replica(type="bug"), ITEM, type=entry)).type is None


async def test_a_constant_is_set_whatever_comes() -> None:
    entries = {"fields__source": {"direction": "receive", "constant": "partner"}}
    assert (await received(Replica(), **entries)).fields["source"] == "partner"


async def test_a_date_that_is_none_is_refused_by_name() -> None:
    assert (await received(Replica(custom={"by": "2026-04-01"}), due={"as": "custom.by"})).due == date(2026, 4, 1)
    with pytest.raises(RuleFailed, match=r"due received a value that does not fit.*as") as caught:
        await received(Replica(custom={"by": "soon"}), due={"as": "custom.by"})
    assert (caught.value.field, caught.value.value) == ("due", "soon")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (Person(email="ALICE@blue.example", username="x"), ALICE),
        (Person(username="Bob"), BOB),
        (Person(email="anna@red.example"), BOB),
        (Person(username="carl"), Person(username="charles")),
        (Person(username="dora"), Person(email="d@blue.example")),
        (Person(name="Nobody we know"), None),
        (None, None),
    ],
)
async def test_people_are_matched_by_the_table_then_e_mail_then_username(theirs: Any, ours: Any) -> None:
    people = {"Anna@red.example": "bob", "carl": "charles", "dora": "d@blue.example"}
    assert (await received(Replica(assignee=theirs), people=people, assignee="both")).assignee == ours


async def test_somebody_unknown_becomes_the_default_or_an_error_if_strict() -> None:
    stranger = Replica(assignee=Person(username="stranger"))
    assert (await received(stranger, people={"default": "alice"}, assignee="both")).assignee == ALICE
    with pytest.raises(RuleFailed, match="assignee received 'stranger', whom nobody here matches"):
        await received(stranger, assignee={"strict": True})


async def test_custom_fields_may_hold_people_too() -> None:
    replica = Replica(fields={"tester": {"email": "bob@blue.example", "avatar": "x.png"}})
    context = RuleContext("acme", CONTEXT.now, False, (ALICE, BOB), {"fields.tester": FieldInfo("", "person")})
    draft = await rules(fields__tester="both").incoming(replica, ITEM, context)
    assert draft.fields["tester"] == BOB.model_dump()


async def test_received_comments_show_who_wrote_them_on_one_line() -> None:
    theirs = ReplicaComment(id="7", body="Hi", author=Person(name="Eve\n# Boss"), internal=True)
    draft = await received(Replica(comments=(theirs, ReplicaComment(id="8"))), comments="both")
    assert [(c.id, c.header, c.body, c.internal) for c in draft.comments] == [
        ("7", "Eve # Boss wrote:", "Hi", True),
        ("8", "", "", False),
    ]
    bare = await received(Replica(comments=(theirs,)), comments={"author": "none"})
    assert bare.comments[0].header == ""


async def test_comments_and_files_that_are_not_received_are_none() -> None:
    file = ReplicaAttachment(id="1", name="a", sha256="00" * 32, size=10)
    replica = Replica(comments=(ReplicaComment(id="7"),), attachments=(file,))
    draft = await received(replica, comments="send")
    assert (draft.comments, draft.attachments) == ((), ())
    assert [a.id for a in (await received(replica, attachments={"max_size": 10})).attachments] == ["1"]
    assert (await received(replica, attachments={"max_size": 9})).attachments == ()


@pytest.mark.parametrize(
    ("entry", "labels"),
    [
        ("both", ("shared", "new")),
        ({"never": ["blue:*"]}, ("shared", "blue:team", "new")),
        ({"prefix": "red:"}, ("shared", "blue:team", "red:new", "red:shared")),
    ],
)
async def test_labels_become_the_received_set_and_our_private_ones_stay(entry: Any, labels: tuple[str, ...]) -> None:
    assert (await received(Replica(labels=("new", "shared")), labels=entry)).labels == labels
    assert (await received(Replica(), labels=entry)).labels == ITEM.labels


# --- what a table may not be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"summary": {"constant": "x"}}, "constant needs direction"),
        ({"summary": {"direction": "send", "constant": "x", "template": "{value}"}}, "constant can't be combined"),
        ({"status": {"values": {"a": "b"}, "strict": True, "default": "c"}}, "either default or strict"),
        ({"summary": {"direction": "send", "template": "{value.__class__}"}}, "is no placeholder"),
        ({"summary": {"direction": "send", "template": "{value!r:>9}"}}, "is no placeholder"),
        ({"summary": {"direction": "send", "template": "{"}}, "template can't be read"),
        ({"summary": {"as": "key"}}, "'key' is no path"),
        ({"comments": {"as": "custom.x"}}, "Extra inputs"),
    ],
)
def test_a_table_that_is_not_well_defined_is_refused(table: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        MappingTable.model_validate(table)
