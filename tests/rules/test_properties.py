"""What holds for every table and every item."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from accord.model import Comment, Item, Person, Replica
from accord.model.paths import SCALARS
from accord.rules import TableRules

from .conftest import ALICE, BOB, CONTEXT, rules

DIRECTIONS = ("both", "send", "receive", "never")
FIELDS = ("severity", "due date", "a.b")
PATHS = (*SCALARS, *(f"fields.{name}" for name in FIELDS), "labels", "comments", "attachments")
TEXT = ("type", "summary", "description", "status", "resolution", "priority", "parent")

words = st.text(max_size=12)
tables = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(DIRECTIONS))
people = st.sampled_from([ALICE, BOB, None])
items = st.builds(
    Item,
    key=st.text("AB-12", min_size=1, max_size=5),
    labels=st.lists(words.filter(bool), max_size=4, unique=True).map(tuple),
    assignee=people,
    reporter=people,
    due=st.none() | st.dates(),
    comments=st.lists(st.builds(Comment, id=words, body=words, internal=st.booleans()), max_size=3).map(tuple),
    fields=st.dictionaries(st.sampled_from(FIELDS), words | st.integers() | st.none()),
    **{name: st.none() | words for name in TEXT},
)
T = TypeVar("T")
SECRET = "the secret that must not leave"


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def of(table: dict[str, str]) -> TableRules:
    return rules(**table)


@given(tables, items)
def test_nothing_leaves_that_the_table_does_not_send(table: dict[str, str], item: Item) -> None:
    kept_back = [path for path in PATHS if table.get(path) not in ("both", "send")]
    secret: dict[str, Any] = {path: SECRET for path in kept_back if path in TEXT}
    secret |= {path: Person(name=SECRET) for path in kept_back if path in ("assignee", "reporter")}
    secret |= {"labels": (SECRET,)} if "labels" in kept_back else {}
    comments = tuple(c.model_copy(update={"body": SECRET}) for c in item.comments)
    secret |= {"comments": comments} if "comments" in kept_back else {}
    fields = {name: SECRET for name in FIELDS if f"fields.{name}" in kept_back}
    guarded = item.model_copy(update={**secret, "fields": {**item.fields, **fields, "unheard of": SECRET}})
    replica = run(of(table).outgoing(guarded, CONTEXT))
    assert SECRET not in replica.model_dump_json()
    sent = {path for path, direction in table.items() if direction in ("both", "send")}
    named = (replica.model_fields_set - {"fields"}) | {f"fields.{name}" for name in replica.fields}
    assert named == sent | {"key", "url"}


@given(tables, items, items)
def test_nothing_changes_that_the_table_does_not_receive(table: dict[str, str], item: Item, other: Item) -> None:
    everything = dict.fromkeys(PATHS, "both")
    replica = run(of(everything).outgoing(other, CONTEXT))
    draft = run(of(table).incoming(replica, item, CONTEXT))
    for path in PATHS:
        if table.get(path) in ("both", "receive") or path in ("comments", "attachments"):
            continue
        group, _, name = path.partition(".")
        mine, theirs = getattr(item, group), getattr(draft, group)
        assert (theirs.get(name) if name else theirs) == (mine.get(name) if name else mine)


@given(items, st.lists(st.tuples(words, words), max_size=4))
def test_there_and_back_with_inverse_pairs_is_where_it_began(item: Item, pairs: list[tuple[str, str]]) -> None:
    # Pairs that are one to one: an inverse exists only for those, and only where no value is the other half's.
    send = {f"ours {ours}": f"theirs {theirs}" for ours, theirs in pairs}
    send = {ours: theirs for theirs, ours in {theirs: ours for ours, theirs in send.items()}.items()}
    entry = {"send_values": send, "values": {theirs: ours for ours, theirs in send.items()}}
    table: dict[str, Any] = dict.fromkeys(PATHS, "both") | {"status": entry, "fields.severity": entry}
    table |= {"priority": {**entry, "as": "custom.urgency"}, "comments": {"author": "none", "public_only": False}}
    both = rules(**table)
    for ours in [*send, item.status]:
        here = item.model_copy(update={"status": ours, "priority": ours})
        replica = run(both.outgoing(here, CONTEXT))
        assert run(both.incoming(replica, here, CONTEXT)) == here
        bare = Item(key=here.key)
        assert run(both.incoming(replica, bare, CONTEXT)).model_dump(exclude={"fields"}) == here.model_dump(
            exclude={"fields"}
        )


@given(tables, items, items)
def test_rules_are_functions_of_what_they_are_given(table: dict[str, str], item: Item, other: Item) -> None:
    one, another = of(table), of(table)
    before = item.model_dump_json()
    replica = run(one.outgoing(item, CONTEXT))
    assert replica == run(another.outgoing(item, CONTEXT))
    assert replica == Replica.model_validate_json(replica.model_dump_json(exclude_unset=True))
    draft = run(one.incoming(replica, other, CONTEXT))
    assert draft == run(another.incoming(replica, other, CONTEXT))
    assert run(one.incoming(replica, draft, CONTEXT)) == draft
    assert item.model_dump_json() == before
