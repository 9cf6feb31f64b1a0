"""What holds for every table that is well defined, however odd, and for whatever the other side sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.errors import RuleFailed
from accord.model import Comment, Item, Person, Replica
from accord.ports import FieldInfo, RuleContext
from accord.rules import MappingTable, PeopleTable, TableRules
from accord.rules.kinds import Kind

from .conftest import ALICE, BOB, CONTEXT

WORDS = ("", "a", "A", "b c", "3", "true", "[K-1] a", "2026-03-01", "a / b", "a…", "alice", "x" * 30)
FIELDS = ("f", "g h")
SCALARS = ("type", "summary", "status", "priority")
PATHS = (*SCALARS, *(f"fields.{name}" for name in FIELDS), "parent", "due")
KINDS = [kind.value for kind in Kind]

words = st.sampled_from(WORDS)
pairs = st.dictionaries(words, words | st.integers(0, 3), max_size=3)
conditions = st.dictionaries(
    st.sampled_from(["status", "theirs.status", "labels", "theirs.fields.f", "fields.f", "first_sync", "due"]),
    words | st.sampled_from(["*", "?", "> 2", "< 2026-12-01", "[a"]) | st.booleans() | st.lists(words, min_size=1),
    min_size=1, max_size=2,
)  # fmt: skip
entries = st.fixed_dictionaries(
    {"direction": st.sampled_from(["both", "both", "send", "receive", "never"])},
    optional={
        "when": conditions,
        "unless": conditions,
        "pairs": pairs,
        "default": words,
        "send_default": words,
        "template": st.sampled_from(["[{key}] {value}", "{value} - {connection}", "{status}: {value}", "{custom.x}"]),
        "send_template": st.sampled_from(["[{key}] {value}", "{value} ({url})"]),
        "max_length": st.integers(1, 12),
        "send_max_length": st.integers(1, 12),
        "kind": st.sampled_from(KINDS),
        "only_on_create": st.booleans(),
    },
)
people = st.fixed_dictionaries(
    {}, optional={"alice": words, "a*": words, "default": words, "share": st.just(["name"]), "match": st.just(["name"])}
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["username", "value", "child", "x"]), inner)
    ),
    max_leaves=5,
)
persons = st.sampled_from([None, ALICE, BOB, Person(name="Eve"), Person()])
replicas = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.none() | words | st.text(max_size=8) for name in (*SCALARS, "parent", "key", "url")},
        "due": st.none() | st.dates(),
        "assignee": persons,
        "labels": st.lists(words, max_size=3).map(tuple),
        "fields": st.dictionaries(st.sampled_from(FIELDS), anything),
        "custom": st.dictionaries(st.sampled_from(["x", "y"]), anything),
    },
).map(Replica.model_validate)
items = st.builds(
    Item,
    key=st.sampled_from(["", "B-1"]),
    labels=st.lists(words.filter(bool), max_size=3, unique=True).map(tuple),
    assignee=persons,
    due=st.none() | st.dates(),
    comments=st.lists(st.builds(Comment, id=words, body=words, author=persons), max_size=2).map(tuple),
    fields=st.dictionaries(st.sampled_from(FIELDS), anything),
    **{name: st.none() | words for name in (*SCALARS, "parent")},
)
contexts = st.builds(
    RuleContext,
    st.just("acme"),
    st.just(CONTEXT.now),
    st.booleans(),
    st.sampled_from([(), (ALICE, BOB)]),
    st.dictionaries(
        st.sampled_from(PATHS),
        st.builds(FieldInfo, st.just("x"), st.sampled_from(KINDS), st.sampled_from([(), ("a", "b c")])),
    ),
    st.sampled_from([None, "K-1"]),
    st.just(None),
    st.none() | replicas,
    st.sampled_from([None, CONTEXT.twin_of]),
)
T = TypeVar("T")


@st.composite
def tables(draw: st.DrawFn) -> TableRules:
    paths = draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=4))
    table: dict[str, Any] = {path: draw(entries | st.lists(entries, min_size=1, max_size=2)) for path in paths}
    table["labels"] = draw(st.sampled_from([{"prefix": "p:"}, {"pairs": {"a": "b c"}}, {"add": ["a"]}, "both"]))
    table["comments"] = draw(st.sampled_from([{"never": {"author": "a*"}}, {"author": "person"}, "send"]))
    try:
        mapping, who = MappingTable.model_validate(table), PeopleTable.model_validate(draw(people))
    except ValidationError:
        assume(False)
    return TableRules(mapping, who)


def run(work: Coroutine[Any, Any, T]) -> T | None:
    """The result, or None where the rules refuse, which they may."""
    try:
        return asyncio.run(work)
    except RuleFailed:
        return None


@given(tables(), replicas, items, contexts)
def test_whatever_comes_makes_an_item_or_an_error_of_its_own(
    table: TableRules, replica: Replica, item: Item, context: RuleContext
) -> None:
    before = item.model_dump_json(), replica.model_dump_json()
    draft = run(table.incoming(replica, item, context))
    assert (item.model_dump_json(), replica.model_dump_json()) == before
    if draft is None:
        return
    assert Item.model_validate(draft.model_dump(include=set(Item.model_fields))).fields == draft.fields
    assert run(table.incoming(replica, item, context)) == draft
    json.dumps(draft.model_dump(mode="json"), allow_nan=False)


@given(tables(), replicas, items, contexts)
def test_a_second_time_changes_nothing_more(
    table: TableRules, replica: Replica, item: Item, context: RuleContext
) -> None:
    item = item.model_copy(update={"key": "B-1"})
    draft = run(table.incoming(replica, item, context))
    if draft is not None:
        assert run(table.incoming(replica, draft, context)) == draft


@given(tables(), items, contexts)
def test_what_leaves_can_travel_and_is_the_same_each_time(table: TableRules, item: Item, context: RuleContext) -> None:
    replica = run(table.outgoing(item, context))
    if replica is None:
        return
    assert run(table.outgoing(item, context)) == replica
    assert Replica.model_validate_json(replica.model_dump_json(exclude_unset=True)) == replica


@given(tables(), items, contexts)
def test_what_comes_back_as_it_went_changes_nothing_but_what_only_comes_in(
    table: TableRules, item: Item, context: RuleContext
) -> None:
    """Fields that one entry sends and receives, with pairs or shapes, stand still when their own words return."""
    item = item.model_copy(update={"key": "B-1"})
    context = replace(context, previous=None)
    replica = run(table.outgoing(item, context))
    draft = run(table.incoming(replica, item, context)) if replica else None
    if draft is None:
        return
    for path, several in table.table.entries():
        (entry, *more) = several
        name = path.removeprefix("fields.")
        plain = not more and not entry.conditional and path in (*SCALARS, *(f"fields.{one}" for one in FIELDS))
        if plain and entry.direction.sends and entry.direction.receives and not getattr(entry, "kind", None):
            ours, now = ((getattr(one, name) if path in SCALARS else one.fields.get(name)) for one in (item, draft))
            assert ours == now or not ours or path in context.fields
