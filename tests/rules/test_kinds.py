"""What comes is made to fit the kind of field that it is to stand in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import RuleFailed
from accord.model import Item, Person, Replica
from accord.ports import FieldInfo, RuleContext, asked
from accord.rules.kinds import Kind, Unfit, converted

from .conftest import ALICE, BOB, CONTEXT, ITEM, rules

PLAIN = [kind for kind in Kind if kind not in (Kind.PERSON, Kind.PEOPLE, Kind.ITEM, Kind.ITEMS)]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "child", "x"]), inner),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("kind", "value", "held"),
    [
        ("text", 3, "3"),
        ("text", 2.5, "2.5"),
        ("text", True, "true"),
        ("text", ["a", "b"], "a, b"),
        ("text", {"username": "alice", "name": "Alice"}, "Alice"),
        ("text", date(2026, 3, 1), "2026-03-01"),
        ("rich_text", "# x", "# x"),
        ("number", "3", 3),
        ("number", " 2.50 ", 2.5),
        ("number", "1e3", 1000),
        ("number", 4, 4),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("boolean", "off", False),
        ("date", "2026-03-01T23:30:00+02:00", "2026-03-01"),
        ("date", date(2026, 3, 1), "2026-03-01"),
        ("datetime", "2026-03-01", "2026-03-01T00:00:00"),
        ("datetime", "2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00Z"),
        ("option", 3, "3"),
        ("option", ["High"], "High"),
        ("option", {"value": "High", "id": "7"}, "High"),
        ("options", "High", ["High"]),
        ("options", ["High", {"value": "Low"}], ["High", "Low"]),
        ("labels", "x", ["x"]),
        ("cascade", "Hardware / Laptop", ["Hardware", "Laptop"]),
        ("cascade", ["Hardware", "Laptop"], ["Hardware", "Laptop"]),
        ("cascade", {"value": "Hardware", "child": {"value": "Laptop"}}, ["Hardware", "Laptop"]),
        ("cascade", "TCP/IP", ["TCP/IP"]),
    ],
)
def test_values_of_other_kinds_are_made_to_fit(kind: str, value: Any, held: Any) -> None:
    found = converted(value, Kind(kind))
    assert (found, type(found)) == (held, type(held))
    assert converted(found, Kind(kind)) == found


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "many"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1_000"),
        ("number", True),
        ("number", ["3"]),
        ("boolean", "perhaps"),
        ("date", "soon"),
        ("date", 20260301),
        ("date", ["2026-03-01"]),
        ("datetime", "10 o'clock"),
        ("option", ["a", "b"]),
        ("option", {"x": 1}),
    ],
)
def test_what_can_not_fit_says_what_would(kind: str, value: Any) -> None:
    with pytest.raises(Unfit, match=r"a number|true or false|a day|a time|one option"):
        converted(value, Kind(kind))


@given(values, st.sampled_from(PLAIN))
def test_whatever_comes_fits_for_good_or_is_refused(value: Any, kind: Kind) -> None:
    try:
        held = converted(value, kind)
    except Unfit:
        return
    assert converted(held, kind) == held


def context(**fields: FieldInfo) -> RuleContext:
    infos = {name.replace("__", "."): info for name, info in fields.items()}
    return RuleContext("acme", CONTEXT.now, False, (ALICE, BOB), infos)


async def test_the_tracker_says_what_kind_a_field_is() -> None:
    told = context(
        fields__points=FieldInfo("fields.points", "number"),
        fields__areas=FieldInfo("fields.areas", "options", ("Web", "App")),
        fields__part=FieldInfo("fields.part", "cascade", ("Hardware", "Laptop")),
        status=FieldInfo("status", "option", ("Open", "Closed")),
    )
    replica = Replica(status="open", fields={"points": "3", "areas": "web", "part": "hardware / Laptop"})
    table = rules(fields__points="both", fields__areas="both", fields__part="both", status="both")
    draft = await table.incoming(replica, Item(), told)
    assert draft.fields == {"points": 3, "areas": ["Web"], "part": ["Hardware", "Laptop"]}
    assert draft.status == "Open"


async def test_the_table_says_it_where_the_tracker_does_not() -> None:
    table = rules(fields__points={"kind": "number"}, fields__until={"kind": "date"})
    replica = Replica(fields={"points": "3", "until": "2026-03-01T10:00:00Z"})
    assert (await table.incoming(replica, Item(), CONTEXT)).fields == {"points": 3, "until": "2026-03-01"}
    sending = rules(fields__severity={"direction": "send", "kind": "number"})
    assert (await sending.outgoing(ITEM, CONTEXT)).fields == {"severity": 2}


async def test_a_time_in_what_the_tracker_calls_a_date_stays_a_time() -> None:
    told = context(fields__at=FieldInfo("fields.at", "date"))
    table = rules(fields__at="both")
    replica = Replica(fields={"at": "2026-03-01T10:00:00Z"})
    assert (await table.incoming(replica, Item(), told)).fields == {"at": "2026-03-01T10:00:00Z"}


async def test_what_does_not_fit_is_an_error_with_what_would() -> None:
    with pytest.raises(RuleFailed) as caught:
        await rules(fields__points={"kind": "number"}).incoming(Replica(fields={"points": "many"}), ITEM, CONTEXT)
    told = caught.value
    assert str(told).startswith("fields.points received 'many', which is not a number such as 3 or 2.5. Add a pair")
    assert (told.field, told.value, told.item) == ("fields.points", "many", "B-1")


async def test_pairs_of_an_option_within_an_option() -> None:
    entry = {"kind": "cascade", "pairs": {"Hardware / Laptop": "IT / Notebook", "Software": "IT / Program"}}
    table = rules(fields__part=entry)
    for theirs, ours in ((["Hardware", "Laptop"], ["IT", "Notebook"]), (["Software"], ["IT", "Program"])):
        draft = await table.incoming(Replica(fields={"part": theirs}), ITEM, CONTEXT)
        assert draft.fields["part"] == ours
        told = (await table.outgoing(draft, CONTEXT)).fields["part"]
        assert told in (" / ".join(theirs), theirs)


async def test_a_default_for_what_is_no_option_here() -> None:
    told = context(status=FieldInfo("status", "option", ("Open", "Closed")))
    for theirs, ours in (("closed", "Closed"), ("Weird", "Open"), (None, None)):
        assert (await rules(status={"default": "Open"}).incoming(Replica(status=theirs), ITEM, told)).status == ours
    with pytest.raises(RuleFailed, match="which is none of its options here") as caught:
        await rules(status={"strict": True}).incoming(Replica(status="Close"), ITEM, told)
    assert caught.value.remedy == "Add a pair for it, or a default. Did you mean 'Closed'?"


# --- people, and items -------------------------------------------------------------------------------


async def test_people_in_custom_fields_one_or_several() -> None:
    table = rules(
        {"default": "alice"},
        fields__tester={"kind": "person"},
        fields__watchers={"kind": "people"},
        fields__lead={"kind": "person", "default": "bob"},
    )
    stranger = {"username": "stranger"}
    theirs = {"tester": "BOB", "watchers": [{"email": "alice@blue.example"}, stranger, None], "lead": stranger}
    draft = await table.incoming(Replica(fields=theirs), Item(), CONTEXT)
    assert draft.fields["tester"] == BOB.model_dump()
    assert draft.fields["watchers"] == [ALICE.model_dump(), ALICE.model_dump()]
    assert draft.fields["lead"] == BOB.model_dump()


@pytest.mark.parametrize("value", [3, {"phone": "1"}, ["a", ["b"]], {"username": 3}])
async def test_what_is_no_person_is_refused(value: Any) -> None:
    with pytest.raises(RuleFailed, match="received something that is no person"):
        await rules(fields__tester={"kind": "people"}).incoming(Replica(fields={"tester": value}), ITEM, CONTEXT)


def knowing(**twins: str) -> RuleContext:
    async def twin_of(key: str) -> str | None:
        return {name.replace("_", "-"): ours for name, ours in twins.items()}.get(key)

    return RuleContext("acme", CONTEXT.now, False, twin_of=twin_of)


async def test_a_parent_is_our_item_for_theirs() -> None:
    table, replica = rules(parent="both"), Replica(parent="R-7")
    child = ITEM.model_copy(update={"parent": "B-9"})
    assert (await table.incoming(replica, child, knowing(R_7="B-3"))).parent == "B-3"
    assert (await table.outgoing(child, CONTEXT)).parent == "B-9"
    assert (await table.incoming(Replica(parent=None), child, knowing())).parent is None


async def test_a_parent_that_is_not_under_sync_is_waited_for() -> None:
    table, replica = rules(parent="both"), Replica(parent="R-7")
    draft = await table.incoming(replica, ITEM.model_copy(update={"parent": "B-9"}), knowing())
    assert (draft.parent, asked(draft).waits_for) == ("B-9", ("R-7",))
    unheard = await table.incoming(replica, ITEM, RuleContext("acme", CONTEXT.now, False))
    assert (unheard.parent, asked(unheard)) == (None, asked(ITEM))


async def test_other_fields_may_hold_keys_of_items() -> None:
    table = rules(fields__blocks={"kind": "items"}, fields__epic={"kind": "item", "as": "custom.epic"})
    replica = Replica(fields={"blocks": ["R-1", "R-2", 3]}, custom={"epic": "R-1"})
    draft = await table.incoming(replica, Item(), knowing(R_1="B-5"))
    assert draft.fields == {"blocks": ["B-5"], "epic": "B-5"}
    assert asked(draft).waits_for == ("R-2",)


async def test_a_parent_may_be_just_text() -> None:
    table = rules(parent={"kind": "text"})
    assert (await table.incoming(Replica(parent="R-7"), ITEM, knowing())).parent == "R-7"


async def test_people_tell_no_more_than_they_may() -> None:
    table = rules(
        {"share": ["name"]}, assignee="both", comments="both", attachments="both", fields__by={"kind": "person"}
    )
    item = ITEM.model_copy(update={"fields": {"by": {**ALICE.model_dump(), "avatar": "a.png"}}})
    told = await table.outgoing(item, CONTEXT)
    assert told.assignee == Person(name="Alice Miller")
    assert told.comments[0].author == Person(name="Bob")
    assert told.fields["by"] == {"name": "Alice Miller", "avatar": "a.png"}
    assert "@" not in told.model_dump_json(exclude={"url"})
