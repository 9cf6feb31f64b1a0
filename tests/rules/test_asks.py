"""What rules may ask for beyond the item: to pair, to end the sync, to tell anew, and the keys of other items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from accord.errors import RuleFailed
from accord.model import Item, Link, Person, Replica, ReplicaComment, ReplicaLink, WorkLog
from accord.ports import Asks, Draft, FieldInfo, RuleContext, asked, with_asks
from accord.rules import Afterwards, ScriptRules, TableRules

from .conftest import ALICE, BOB, CONTEXT, ITEM, rules

Scripted = Callable[..., ScriptRules]
FIRST = RuleContext("acme", CONTEXT.now, first_sync=True)


def knowing(lookups: list[str], **twins: str) -> RuleContext:
    """A context that knows some pairs, and notes what it is asked for."""

    async def twin_of(key: str) -> str | None:
        lookups.append(key)
        return twins.get(key.replace("-", "_"))

    return RuleContext("acme", CONTEXT.now, first_sync=True, twin_of=twin_of)


def after(**afterwards: object) -> TableRules:
    return TableRules(rules(status="both", summary="both").table, afterwards=Afterwards.model_validate(afterwards))


# --- the values --------------------------------------------------------------------------------------


def test_a_draft_is_an_item_that_asks_for_something() -> None:
    draft = with_asks(ITEM, Asks(unsync=True))
    assert isinstance(draft, Draft)
    assert (draft.summary, asked(draft)) == (ITEM.summary, Asks(unsync=True))
    assert with_asks(ITEM, Asks()) is ITEM
    plain = with_asks(draft, Asks())
    assert (type(plain), plain) == (Item, ITEM)
    assert Item.model_validate(draft.model_dump()) == ITEM
    assert asked(draft.model_copy(update={"summary": "x"})) == Asks(unsync=True)


def test_nothing_asked_for_is_nothing() -> None:
    assert not Asks()
    assert Asks(sync_back=True)
    assert asked(ITEM) == Asks()


# --- by the table ------------------------------------------------------------------------------------


async def test_the_table_pairs_by_a_key_that_they_send() -> None:
    table = after(pair_by="custom.their_key")
    replica = Replica(custom={"their_key": "B-7"})
    draft = await table.incoming(replica, Item(), FIRST)
    assert (asked(draft), draft.key) == (Asks(pair_with="B-7"), "")
    for none in (Replica(), Replica(custom={"their_key": None}), Replica(custom={"their_key": 7})):
        assert not asked(await table.incoming(none, Item(), FIRST))
    assert not asked(await table.incoming(replica, ITEM, FIRST))
    assert not asked(await table.incoming(replica, Item(), CONTEXT))


@pytest.mark.parametrize(
    "condition", [{"status": "closed"}, {"theirs.status": "closed"}, {"ours.status": "clo*", "theirs.summary": "x"}]
)
async def test_the_table_ends_the_sync_when_a_condition_is_met(condition: dict[str, str]) -> None:
    table = after(unsync_when=condition)
    assert asked(await table.incoming(Replica(status="closed", summary="x"), ITEM, CONTEXT)).unsync
    assert not asked(await table.incoming(Replica(status="open", summary="x"), ITEM, CONTEXT)).unsync


# --- by a script -------------------------------------------------------------------------------------


async def test_a_script_pairs_with_an_item_by_its_key(scripted: Scripted) -> None:
    script = scripted("def incoming(replica, item, context):\n    item.key = replica.custom.get('your_key')\n")
    replica = Replica(custom={"your_key": "B-7"})
    draft = await script.incoming(replica, Item(), FIRST)
    assert (asked(draft).pair_with, draft.key) == ("B-7", "")
    # The same rule runs on the item that it was paired with, and on items that it will not be paired with any more.
    paired = ITEM.model_copy(update={"key": "B-7"})
    assert not asked(await script.incoming(replica, paired, FIRST))
    assert not asked(await script.incoming(Replica(), paired, CONTEXT))


@pytest.mark.parametrize(("key", "context"), [("B-1", FIRST), ("", CONTEXT)])
async def test_a_key_is_given_on_the_first_sync_only(scripted: Scripted, key: str, context: RuleContext) -> None:
    script = scripted("def incoming(replica, item, context):\n    item.key = 'B-7'\n")
    with pytest.raises(RuleFailed, match="first sync only") as caught:
        await script.incoming(Replica(), Item(key=key), context)
    assert (caught.value.line, caught.value.field, caught.value.value) == (2, "key", "B-7")
    assert caught.value.remedy == "Ask `if context.first_sync and not item.key:` before."


async def test_a_script_ends_the_sync_or_tells_anew(scripted: Scripted) -> None:
    script = scripted(
        "def incoming(replica, item, context):\n"
        "    if replica.status == 'closed':\n        context.unsync()\n    if context.first_sync:\n"
        "        context.sync_back()\n"
    )
    assert asked(await script.incoming(Replica(status="closed"), ITEM, CONTEXT)) == Asks(unsync=True)
    assert asked(await script.incoming(Replica(), ITEM, FIRST)) == Asks(sync_back=True)
    assert asked(await script.incoming(Replica(), ITEM, CONTEXT)) == Asks()


async def test_table_and_script_ask_together(scripted: Scripted) -> None:
    text = "def incoming(replica, item, context):\n    context.sync_back()\n"
    script = scripted(text, after(unsync_when={"status": "closed"}, pair_by="custom.k"))
    draft = await script.incoming(Replica(status="closed", custom={"k": "B-7"}), Item(), FIRST)
    assert asked(draft) == Asks(pair_with="B-7", unsync=True, sync_back=True)


# --- keys of other items -----------------------------------------------------------------------------

CHAIN = """
def incoming(replica, item, context):
    for name in ("parent", "epic"):
        ours = context.twin(replica.custom[name])
        if ours:
            item.fields[name] = ours
    item.summary = "under " + item.fields["parent"].lower()
"""


async def test_a_script_finds_our_item_for_theirs(scripted: Scripted) -> None:
    lookups: list[str] = []
    replica = Replica(custom={"parent": "R-1", "epic": "R-2"})
    draft = await scripted(CHAIN).incoming(replica, ITEM, knowing(lookups, R_1="B-5"))
    assert (draft.fields["parent"], "epic" in draft.fields, draft.summary) == ("B-5", False, "under b-5")
    assert asked(draft).waits_for == ("R-2",)
    assert sorted(lookups) == ["R-1", "R-2"]


async def test_a_script_may_look_up_what_it_has_found(scripted: Scripted) -> None:
    text = "def incoming(replica, item, context):\n    item.parent = context.twin(context.twin(replica.parent))\n"
    draft = await scripted(text).incoming(Replica(parent="R-1"), ITEM, knowing([], R_1="R-2", R_2="B-9"))
    assert (draft.parent, asked(draft).waits_for) == ("B-9", ())


async def test_what_was_looked_up_is_no_error_until_it_is_known(scripted: Scripted) -> None:
    text = "def incoming(replica, item, context):\n    item.parent = context.twin('R-1').lower()\n"
    assert (await scripted(text).incoming(Replica(), ITEM, knowing([], R_1="B-9"))).parent == "b-9"
    with pytest.raises(RuleFailed, match="NoneType"):
        await scripted(text).incoming(Replica(), ITEM, knowing([]))
    with pytest.raises(RuleFailed, match="NoneType"):
        await scripted(text).incoming(Replica(), ITEM, CONTEXT.__class__("acme", CONTEXT.now, False))


async def test_nothing_is_looked_up_for_nothing(scripted: Scripted) -> None:
    lookups: list[str] = []
    text = (
        "def incoming(replica, item, context):\n    item.parent = context.twin(replica.parent)\n    context.twin('')\n"
    )
    assert (await scripted(text).incoming(Replica(parent=None), ITEM, knowing(lookups))).parent is None
    assert lookups == []


@pytest.mark.parametrize(
    "line", ["[context.twin(str(n)) for n in range(1000)]", "context.twin('x' + (context.twin('x') or ''))"]
)
async def test_looking_up_without_end_is_an_error(scripted: Scripted, line: str) -> None:
    async def more(key: str) -> str:
        return key + "x"

    line = line if "range" in line else "k = 'x'\n    while k:\n        k = context.twin(k)"
    context = RuleContext("acme", CONTEXT.now, False, twin_of=more)
    with pytest.raises(RuleFailed, match="looks up more than 200 keys, or keys of keys of keys"):
        await scripted(f"def incoming(replica, item, context):\n    {line}\n").incoming(Replica(), ITEM, context)


# --- what else rules are told ------------------------------------------------------------------------


async def test_incoming_is_told_what_they_told_before(scripted: Scripted) -> None:
    script = scripted(
        "def incoming(replica, item, context):\n"
        "    before = context.previous\n"
        "    if before and before.status != replica.status:\n"
        "        item.fields['moved'] = f'{before.status} to {replica.status}'\n"
        "    if before:\n"
        "        known = {c.id for c in before.comments}\n"
        "        item.fields['new'] = [c.body for c in replica.comments if c.id not in known]\n"
    )
    old = ReplicaComment(id="1", body="old")
    new = ReplicaComment(id="2", body="new")
    context = RuleContext("acme", CONTEXT.now, False, previous=Replica(status="Open", comments=(old,)))
    draft = await script.incoming(Replica(status="Done", comments=(old, new)), ITEM, context)
    assert (draft.fields["moved"], draft.fields["new"]) == ("Open to Done", ["new"])
    assert await script.incoming(Replica(), ITEM, CONTEXT) == ITEM.model_copy(
        update={"comments": (), "attachments": ()}
    )


async def test_outgoing_may_be_told_more_too(scripted: Scripted) -> None:
    script = scripted(
        "def outgoing(item, replica, context):\n"
        "    replica.custom['told'] = [context.connection, context.first_sync, context.now, context.remote_key]\n"
        "    replica.custom['theirs'] = context.previous.status if context.previous else None\n"
        "    replica.assignee = context.person('BOB')\n"
        "    replica.status = context.option('status', 'OPEN')\n"
    )
    context = RuleContext(
        "acme", CONTEXT.now, True, (ALICE, BOB), {"status": FieldInfo("status", "option", ("Open",))},
        remote_key="R-7", previous=Replica(status="Done"),
    )  # fmt: skip
    replica = await script.outgoing(ITEM, context)
    assert replica.custom == {"told": ["acme", True, "2026-01-02T00:00:00+00:00", "R-7"], "theirs": "Done"}
    assert (replica.assignee, replica.status) == (BOB, "Open")


async def test_people_and_options_are_found_whatever_their_capitals(scripted: Scripted) -> None:
    script = scripted(
        "def incoming(replica, item, context):\n"
        "    item.assignee = context.person(replica.assignee) or context.person('Alice miller')\n"
        "    item.status = context.option('status', replica.status) or 'none'\n"
        "    item.fields['severity'] = context.option('severity', 'MINOR')\n"
        "    item.fields['nobody'] = context.person('nobody') is None\n"
    )
    fields = {
        "status": FieldInfo("status", "option", ("Open",)),
        "fields.severity": FieldInfo("fields.severity", "option", ("minor",)),
    }
    context = RuleContext("acme", CONTEXT.now, False, (ALICE, BOB), fields)
    draft = await script.incoming(Replica(status="open", assignee=Person(email="BOB@blue.example")), ITEM, context)
    assert (draft.assignee, draft.status) == (BOB, "Open")
    assert (draft.fields["severity"], draft.fields["nobody"]) == ("minor", True)
    draft = await script.incoming(Replica(), ITEM, context)
    assert (draft.assignee, draft.status) == (ALICE, "none")


async def test_scripts_see_links_and_work_logs(scripted: Scripted) -> None:
    item = ITEM.model_copy(
        update={
            "links": (Link(id="1", kind="blocks", key="B-2"),),
            "worklogs": (WorkLog(id="1", seconds=3600, author=BOB, started_at=datetime(2026, 1, 1, tzinfo=UTC)),),
        }
    )
    script = scripted(
        "def outgoing(item, replica):\n"
        "    replica.custom['blocks'] = [l.key for l in item.links if l.kind == 'blocks']\n"
        "    replica.custom['hours'] = [(w.author.username, w.seconds / 3600) for w in item.worklogs]\n"
    )
    assert (await script.outgoing(item, CONTEXT)).custom == {"blocks": ["B-2"], "hours": [["bob", 1.0]]}


async def test_scripts_leave_out_and_rename_links(scripted: Scripted) -> None:
    link = ReplicaLink(id="1", kind="blocks", url="https://red.example/7")
    script = scripted(
        "def incoming(replica, item, context):\n"
        "    item.links = [l for l in item.links if 'red.example' in l.url]\n"
        "    for l in item.links:\n"
        "        l.kind = 'see'\n",
        rules(links="both"),
    )
    other = link.model_copy(update={"id": "2", "url": "https://green.example/1"})
    (kept,) = (await script.incoming(Replica(links=(link, other)), ITEM, CONTEXT)).links
    assert (kept.id, kept.kind, kept.url) == ("1", "see", "https://red.example/7")
    with pytest.raises(RuleFailed, match=r"item\.links has one that was not given"):
        await scripted("def incoming(replica, item, context):\n    item.links = [replica.links[0]]\n").incoming(
            Replica(links=(link,)), ITEM, CONTEXT
        )


async def test_the_usual_work_is_there(scripted: Scripted) -> None:
    script = scripted(
        "STATUS = {'Done': 'closed', 'In Progress': 'open'}\n"
        "def incoming(replica, item, context):\n"
        "    item.status = lookup(STATUS, replica.status, 'open')\n"
        "    item.summary = shorten(replica.summary, 10)\n"
        "    item.description = plain_text(replica.description) + '\\n' + quoted('a\\n\\nb') + link('x', replica.url)\n"
        "    item.comments = comments_without(comments_with(item.comments, 'oil', 'grease'), '#private')\n"
        "    item.fields['eve'] = [c.id for c in comments_by(replica.comments, 'EVE@x', 'dan')]\n"
        "    item.fields['public'] = [c.id for c in public_comments(replica.comments)]\n"
        "    item.fields['none'] = comments_by(replica.labels, 'x') + [lookup(STATUS, replica.priority)]\n",
        rules(comments="both"),
    )
    comments = (
        ReplicaComment(id="1", body="oil", author=Person(email="eve@x")),
        ReplicaComment(id="2", body="grease #private", author=Person(username="Dan")),
        ReplicaComment(id="3", body="paint", internal=True),
    )
    markdown = "# Title\n\nSome **bold** and `code`, see [this](http://x).\n\n> said\n\n```\nraw\n```"
    replica = Replica(status="in progress", summary="A long summary", description=markdown, url="u", comments=comments)
    draft = await script.incoming(replica, ITEM, CONTEXT)
    assert (draft.status, draft.summary) == ("open", "A long su…")
    assert draft.description == (
        "Title\n\nSome bold and code, see this (http://x).\n\nsaid\n\n\nraw\n> a\n>\n> b[x](u)"
    )
    assert [c.id for c in draft.comments] == ["1"]
    assert (draft.fields["eve"], draft.fields["public"]) == (["1", "2"], ["1", "2"])
    assert draft.fields["none"] == [None]
