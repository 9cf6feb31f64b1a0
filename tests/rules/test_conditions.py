"""When an entry of the table counts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from accord.model import Item, Person, Replica
from accord.ports import RuleContext
from accord.rules import MappingTable
from accord.rules.conditions import fits

from .conftest import ALICE, CONTEXT, ITEM, rules


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("open", "open"),
        ("open", "OPEN"),
        ("op*", "open"),
        ("?pen", "Open"),
        ("[open]", "[open]"),
        (("new", "open"), "open"),
        ("*", "x"),
        ("", None),
        ("", ""),
        ("", []),
        ("3", 3),
        (3, 3),
        (3, "3"),
        (True, True),
        ("true", True),
        (">= 3", 3),
        ("> 3", 3.5),
        ("<= 3", "3"),
        ("< 2026-03-02", ITEM.due),
        (">= 2026-03-01", "2026-03-01T10:00:00Z"),
        ("> 2026-03-01T09:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("shared", ["other", "shared"]),
        ("sh*", ("other", "shared")),
        ("alice", ALICE),
        ("alice@*", ALICE),
        ("Alice Miller", ALICE),
        ("alice", {"username": "alice", "email": None}),
        ("alice", [{"username": "bob"}, {"username": "alice"}]),
        (None, "anything"),
    ],
)
def test_what_fits(wanted: Any, value: Any) -> None:
    assert fits(wanted, value)


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("open", "opened"),
        ("op*", "reopened"),
        ("*", ""),
        ("*", None),
        ("*", []),
        ("", "x"),
        ("> 3", 3),
        ("> 3", "many"),
        ("> 3", None),
        ("> soon", "2026-01-01"),
        (False, None),
        ("alice", Person(username="bob")),
        (("a", "b"), "c"),
    ],
)
def test_what_does_not_fit(wanted: Any, value: Any) -> None:
    assert not fits(wanted, value)


async def sent(item: Item = ITEM, **entries: Any) -> set[str]:
    return set((await rules(**entries).outgoing(item, CONTEXT)).dump()) - {"key", "url"}


async def received(replica: Replica, item: Item = ITEM, context: RuleContext = CONTEXT, **entries: Any) -> Item:
    return await rules(**entries).incoming(replica, item, context)


async def test_all_of_when_and_nothing_of_unless() -> None:
    both = {"status": "open", "priority": "high"}
    assert await sent(summary={"when": both}) == {"summary"}
    assert await sent(summary={"when": {**both, "priority": "low"}}) == set()
    assert await sent(summary={"unless": {"status": "closed", "priority": "low"}}) == {"summary"}
    assert await sent(summary={"unless": {"status": "closed", "priority": "high"}}) == set()


async def test_conditions_may_be_quoted_or_not() -> None:
    quoted = {"ours.fields.severity": "2", "theirs.status": "x"}
    bare = {"ours": {"fields": {"severity": "2"}}, "theirs": {"status": "x"}}
    one, other = (MappingTable.model_validate({"summary": {"when": when}}) for when in (quoted, bare))
    assert one == other


async def test_what_is_received_may_depend_on_either_side() -> None:
    replica = Replica(summary="theirs", status="Done", custom={"team": "red"})
    for when in ({"theirs.status": "done"}, {"theirs.custom.team": "red"}, {"priority": "high"}, {"key": "B-*"}):
        assert (await received(replica, summary={"when": when})).summary == "theirs"
    for when in ({"theirs.status": "open"}, {"theirs.custom.x": "*"}, {"priority": "low"}, {"key": "R-*"}):
        assert (await received(replica, summary={"when": when})).summary == ITEM.summary


async def test_what_is_sent_may_depend_on_what_they_last_told() -> None:
    table = rules(summary={"when": {"theirs.status": "Open"}}, description={"unless": {"theirs.status": "Done"}})
    told = [
        (await table.outgoing(ITEM, RuleContext("acme", CONTEXT.now, False, previous=previous))).model_fields_set
        for previous in (None, Replica(status="Open"), Replica(status="Done"))
    ]
    assert [names - {"key", "url"} for names in told] == [{"description"}, {"summary", "description"}, set()]


async def test_a_condition_sees_the_item_as_it_becomes() -> None:
    entries = {
        "fields__severity": {"when": {"type": "bug"}},
        "type": {"values": {"Incident": "bug"}},
        "labels": {"when": {"fields.severity": "1"}},
    }
    replica = Replica(type="Incident", fields={"severity": "1"}, labels=("new",))
    draft = await received(replica, Item(), **entries)
    assert (draft.type, draft.fields, draft.labels) == ("bug", {"severity": "1"}, ("new",))
    other = await received(replica.model_copy(update={"type": "Task"}), Item(), **entries)
    assert (other.fields, other.labels) == ({}, ())


async def test_a_condition_on_the_field_itself_sees_it_as_it_stands() -> None:
    entry = {"when": {"status": "open"}, "values": {"Done": "closed"}}
    assert (await received(Replica(status="Done"), status=entry)).status == "closed"
    closed = ITEM.model_copy(update={"status": "closed"})
    assert (await received(Replica(status="open"), closed, status=entry)).status == "closed"


async def test_the_first_sync_may_be_special() -> None:
    first = RuleContext("acme", CONTEXT.now, first_sync=True)
    entry = {"when": {"first_sync": True}}
    assert (await received(Replica(summary="x"), summary=entry)).summary == ITEM.summary
    assert (await received(Replica(summary="x"), ITEM, first, summary=entry)).summary == "x"


async def test_comments_files_and_labels_have_conditions_too() -> None:
    entries = {name: {"when": {"status": "closed"}} for name in ("comments", "attachments", "labels")}
    assert await sent(**entries) == set()
    closed = ITEM.model_copy(update={"status": "closed"})
    assert await sent(closed, **entries) == {"comments", "attachments", "labels"}
    replica = (await rules(comments="both", attachments="both", labels="both").outgoing(ITEM, CONTEXT)).model_copy(
        update={"labels": ("new",)}
    )
    assert (await received(replica, ITEM, **entries)).labels == ITEM.labels
    draft = await received(replica, closed, **entries)
    assert (len(draft.comments), len(draft.attachments), draft.labels) == (1, 1, ("new",))


# --- several entries for one field -------------------------------------------------------------------

BY_TYPE = [
    {"when": {"type": "bug"}, "pairs": {"Fixed": "closed", "New": "open"}},
    {"when": {"type": "task"}, "direction": "receive", "pairs": {"Done": "closed"}},
    {"direction": "receive", "default": "open", "values": {"*": "open"}},
]


@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [("bug", "Fixed", "closed"), ("task", "Done", "closed"), ("task", "Fixed", "Fixed"), ("epic", "Done", "open")],
)
async def test_the_first_entry_that_counts_decides(kind: str, theirs: str, ours: str) -> None:
    item = ITEM.model_copy(update={"type": kind, "status": "waiting"})
    assert (await received(Replica(status=theirs), item, status=BY_TYPE)).status == ours


@pytest.mark.parametrize(("kind", "said"), [("bug", {"status"}), ("task", set()), ("epic", set())])
async def test_entries_of_the_other_direction_are_passed_over(kind: str, said: set[str]) -> None:
    assert await sent(ITEM.model_copy(update={"type": kind}), status=BY_TYPE) == said


async def test_never_ends_the_search() -> None:
    entries = [{"direction": "never", "when": {"labels": "secret"}}, "both"]
    assert await sent(description=entries) == {"description"}
    secret = ITEM.model_copy(update={"labels": ("secret",)})
    assert await sent(secret, description=entries) == set()
    assert (await received(Replica(description="x"), secret, description=entries)).description == ITEM.description


async def test_what_is_set_once_may_change_by_another_entry() -> None:
    entries = [{"direction": "receive", "only_on_create": True}, {"direction": "receive", "values": {"A": "B"}}]
    assert (await received(Replica(type="A"), Item(), type=entries)).type == "A"
    assert (await received(Replica(type="A"), ITEM, type=entries)).type == "B"


async def test_routing_by_a_field_of_theirs() -> None:
    def to(project: str, component: str) -> dict[str, Any]:
        when = {"theirs.fields.component": component}
        return {"direction": "receive", "only_on_create": True, "when": when, "constant": project}

    last = {"direction": "receive", "only_on_create": True, "constant": "OPS"}
    entries = {"fields__project": [to("PAY", "Payments"), to("INF", "Infra*"), last]}
    for component, project in (("Payments", "PAY"), ("infrastructure", "INF"), ("?", "OPS"), (None, "OPS")):
        draft = await received(Replica(fields={"component": component}), Item(), **entries)
        assert draft.fields == {"project": project}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"summary": {"when": {"stauts": "x"}}}, "'stauts' is no field: status is near"),
        ({"summary": {"when": {"custom.x": "x"}}}, "'custom.x' is no field"),
        ({"summary": {"when": {"theirs.comments": "x"}}}, "'theirs.comments' is no field"),
        ({"summary": {"when": {}}}, "a condition names a field"),
        ({"summary": {"when": "status = Done"}}, "a condition is a table"),
        ({"summary": ["both", {"when": {"status": "x"}}]}, "entry 2 of summary never counts"),
        ({"summary": ["never", "both"]}, "entry 2 of summary never counts"),
        ({"summary": {"when": {"status": "x"}}, "status": {"when": {"summary": "x"}}}, "status and summary wait"),
        ({"fields": {"a": {"as": "summary"}}, "summary": ["receive", "send"]}, "would both travel as summary"),
    ],
)
def test_conditions_that_can_not_be_meant_are_refused(table: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        MappingTable.model_validate(table)
