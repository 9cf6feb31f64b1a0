from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from accord.model import Item, Kind, Message, Patch, Person, Replica, differing, flatten, same

texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
labels = st.lists(st.text("abcde", min_size=1, max_size=2), max_size=4, unique=True).map(tuple)
items = st.builds(
    Item,
    key=st.just("K-1"),
    summary=st.none() | texts,
    description=st.none() | texts,
    status=st.none() | st.sampled_from(["open", "done"]),
    labels=labels,
    assignee=st.none() | st.builds(Person, username=st.sampled_from(["alice", "bob"])),
    fields=st.dictionaries(st.sampled_from(["severity", "points"]), texts, max_size=2),
)


def test_an_absent_field_is_not_an_empty_one() -> None:
    said, unsaid = Replica(summary=None), Replica()
    assert said.dump() == {"summary": None}
    assert unsaid.dump() == {}
    assert flatten(said) == {"summary": None}
    assert flatten(unsaid) == {}


@given(st.dictionaries(st.text("xyz", min_size=1), json_values, max_size=3), json_values)
def test_unknown_parts_are_kept_at_every_level(extra: dict[str, object], inner: object) -> None:
    wire = {"summary": "s", "comments": [{"id": "1", "body": "b", "x_mood": inner}], **extra}
    again = Replica.model_validate_json(json.dumps(wire)).dump()
    assert json.loads(json.dumps(again)) == json.loads(json.dumps(wire))


@given(items, items)
def test_a_patch_of_all_that_differs_makes_one_item_the_other(one: Item, other: Item) -> None:
    values = {path: flatten(other).get(path) for path in differing(flatten(one), flatten(other))}
    patched = Patch.of(values).apply(one)
    assert not differing(flatten(patched), flatten(other))
    assert Patch.of(values).paths() == {path: value or None if path.startswith("labels.") else value
                                        for path, value in values.items()}  # fmt: skip


@given(items)
def test_an_item_survives_the_database(item: Item) -> None:
    assert Item.model_validate_json(item.model_dump_json()) == item


def test_empties_are_alike_and_line_ends_do_not_count() -> None:
    assert same(None, "")
    assert same([], None)
    assert same("a\r\nb", "a\nb\n")
    assert not same("a", "b")
    assert same({"username": "alice", "email": None}, {"username": "alice", "name": "Alice"})
    assert not same({"username": "alice"}, {"username": "bob"})


def test_a_message_of_a_newer_peer_is_read_and_kept() -> None:
    message = Message(kind=Kind.SYNC, connection="c", twin="t", sequence=1, version=1, seen=0)
    newer = message.dump() | {"mood": "sunny"}
    assert Message.model_validate(newer).dump()["mood"] == "sunny"
