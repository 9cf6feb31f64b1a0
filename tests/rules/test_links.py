"""Links and parents: which leave, under which names, and where they lead here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from accord.model import Item, Link, Replica, ReplicaLink
from accord.ports import FieldInfo, asked
from accord.rules import MappingTable

from .conftest import CONTEXT, ITEM, rules

KINDS = replace(CONTEXT, fields={"links": FieldInfo("links", "links", ("blocks", "relates to"))})
OURS = ITEM.model_copy(
    update={
        "links": (
            Link(id="1", kind="blocks", key="B-2"),
            Link(id="2", kind="relates to", key="B-3", url="https://blue.example/B-3"),
            Link(id="3", kind="child", key="B-4"),
        )
    }
)
THEIRS = Replica(
    key="R-7",
    links=(
        ReplicaLink(id="5", kind="blocks", key="R-8"),
        ReplicaLink(id="6", kind="relates", key="R-9", url="https://red.example/R-9"),
        ReplicaLink(id="7", url="https://wiki.example/door"),
    ),
)


async def twin_of(key: str) -> str | None:
    return {"R-8": "B-8"}.get(key)


HERE = replace(KINDS, twin_of=twin_of)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("both", [("blocks", "B-2"), ("relates to", "B-3")]),
        ("receive", None),
        ({"pairs": {"stops": "blocks"}}, [("stops", "B-2"), ("relates to", "B-3")]),
        ({"pairs": {"stops": "blocks"}, "send_default": "see"}, [("stops", "B-2"), ("see", "B-3")]),
        ({"only": ["block*"]}, [("blocks", "B-2")]),
        ({"never": ["block*"]}, [("relates to", "B-3")]),
    ],
)
async def test_links_leave_by_their_kind(entry: Any, told: list[tuple[str, str]] | None) -> None:
    replica = await rules(links=entry).outgoing(OURS, KINDS)
    assert ([(link.kind, link.key) for link in replica.links] if "links" in replica.model_fields_set else None) == told


async def test_all_kinds_leave_where_the_tracker_names_none() -> None:
    assert [link.kind for link in (await rules(links="both").outgoing(OURS, CONTEXT)).links][-1] == "child"


@pytest.mark.parametrize(
    ("entry", "here", "waits"),
    [
        ("both", [("blocks", "B-8", None), ("", "", "https://wiki.example/door")], ()),
        ("send", [], ()),
        ({"pairs": {"relates": "relates to"}, "only": ["relates to"]}, [], ("R-9",)),
        (
            {"pairs": {"relates": "relates to"}, "outside": "web", "web_kind": "see"},
            [
                ("blocks", "B-8", None),
                ("see", "", "https://red.example/R-9"),
                ("see", "", "https://wiki.example/door"),
            ],
            ("R-9",),
        ),
        (
            {"default": "relates to"},
            [("relates to", "B-8", None), ("", "", "https://wiki.example/door")],
            ("R-9",),
        ),
    ],
)
async def test_links_lead_to_our_twins(entry: Any, here: list[Any], waits: tuple[str, ...]) -> None:
    draft = await rules(links=entry).incoming(THEIRS, Item(), HERE)
    assert [(link.kind, link.key, link.url) for link in draft.links] == here
    assert asked(draft).waits_for == waits


async def test_a_link_of_a_kind_that_there_is_not_here_is_not_waited_for() -> None:
    theirs = Replica(links=(ReplicaLink(id="1", kind="tested by", key="R-9"),))
    assert asked(await rules(links="both").incoming(theirs, ITEM, HERE)).waits_for == ()


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"links": {"outside": "page"}}, "'nothing' or 'web'"),
        ({"links": {"values": {}}}, "Extra inputs"),
        ({"parent": {"bring": "siblings"}}, "'parent' or 'children'"),
        ({"parent": {"bring": "parent", "depth": 0}}, "greater than or equal to 1"),
        ({"parent": {"bring": "parent", "direction": "receive"}}, "bring needs direction"),
        ({"summary": {"bring": "parent"}}, "Extra inputs"),
    ],
)
def test_entries_that_are_not_well_defined_are_refused(table: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        MappingTable.model_validate(table)
