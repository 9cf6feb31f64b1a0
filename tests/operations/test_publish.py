"""Rules in the files are a draft until they are published."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from accord.config import load
from accord.errors import AccordError, ConfigurationInvalid, NeedsOperator, RuleFailed, UnknownThing
from accord.model import Connection, ConnectionState, Item, Replica, Side
from accord.node.assembly import Assembled, assembled
from accord.operations.check import check
from accord.operations.publish import publish, publish_first
from accord.operations.rules import difference, drafts, roll_back, versions
from accord.ports import Direction, LaneState, RulesSource, RulesVersion
from accord.steps.detect import bring_under_sync
from accord.steps.situation import rule_context
from tests.operations.test_check import HEAD, SCHEMA

ONE = '[connections.partner.map]\nsummary = "both"  # a remark\n'
TWO = '[connections.partner.map]\nsummary = "both"\nstatus = "both"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "tracker.yaml").write_text(SCHEMA)
    return tmp_path


@asynccontextmanager
async def node(folder: Path, rules: str, script: str | None = None) -> AsyncIterator[Assembled]:
    """A process of the node, with these rules in its files."""
    head = HEAD if script is None else HEAD + 'script = "partner.py"\n'
    (folder / "accord.toml").write_text(head + rules)
    (folder / "partner.py").write_text(script or "")
    async with assembled(load(folder / "accord.toml")) as one:
        yield one


@asynccontextmanager
async def restarted(folder: Path, rules: str, script: str | None = None) -> AsyncIterator[Assembled]:
    """The same as the commands start it: rules that are not valid are no reason to refuse if others were published."""
    head = HEAD if script is None else HEAD + 'script = "partner.py"\n'
    (folder / "accord.toml").write_text(head + rules)
    (folder / "partner.py").write_text(script or "")
    async with assembled(load(folder / "accord.toml", drafts=True)) as one:
        await publish_first(one.config, one.ports, starting=True)
        yield one


async def agree(one: Assembled) -> None:
    """The connection comes to be, and with it its first version."""
    now = one.ports.clock.now()
    made = Connection(
        id="c1", name="partner", tracker="files", side=Side.INITIATOR, state=ConnectionState.ACTIVE, created_at=now
    )
    await one.store.run(lambda tx: tx.put_connection(made))
    await publish_first(one.config, one.ports)


async def sent(one: Assembled) -> dict[str, Any]:
    """What the rules in force make of an item."""

    def look(tx: Any) -> Connection:
        connection = tx.connection("c1")
        one.ports.load_rules(tx, connection)
        return connection

    connection = await one.store.read(look)
    context = await rule_context(one.ports, connection, None, first_sync=False)
    item = Item(key="ITEM-1", summary="Login fails", status="open")
    replica = await one.ports.agreement(connection).rules.outgoing(item, context)
    return {name: value for name, value in replica.dump().items() if name not in ("key", "url")}


async def test_the_first_version_is_published_by_itself(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
        (line,) = await versions(one.ports)
        assert (line.number, line.who, line.in_force, line.added) == (1, "accord", True, 0)
        assert await drafts(one.config, one.ports) == []
        assert await sent(one) == {"summary": "Login fails"}


async def test_a_change_in_the_files_takes_hold_when_it_is_published_and_not_before(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    async with node(folder, TWO) as running:
        assert await sent(running) == {"summary": "Login fails"}
        (draft,) = await drafts(running.config, running.ports)
        assert (draft.connection, draft.against, draft.lines) == ("partner", 1, 1)
        async with assembled(running.config) as command:
            done = await publish(command.config, command.ports, "partner", who="anna", why="they ask for it")
            assert (done.version.number, done.unblocked) == (2, 0)
        # The node that runs all the while takes it up with the connection, without a restart.
        assert await sent(running) == {"summary": "Login fails", "status": "open"}
        (new, old) = await versions(running.ports, "partner")
        assert (new.number, new.who, new.why, new.added, new.removed) == (2, "anna", "they ask for it", 1, 0)
        assert (new.in_force, old.in_force) == (True, False)
        diff = await difference(running.config, running.ports, "partner", "1", "2")
        assert '+status = "both"' in diff.splitlines()
        assert await difference(running.config, running.ports, "partner", "2") == ""


async def test_remarks_and_spacing_are_no_change(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    async with node(folder, ONE.replace("  # a remark", "").replace(" = ", "=")) as one:
        assert await drafts(one.config, one.ports) == []
        with pytest.raises(NeedsOperator, match="in force already: version 1"):
            await publish(one.config, one.ports, "partner", who="anna", why="no reason")


async def test_rules_that_do_not_check_are_refused_with_their_places(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    wrong = '[connections.partner.map]\nsummary = "both"\nstatus = { pairs = { "New" = "opne" } }\n'
    async with node(folder, wrong) as one:
        with pytest.raises(AccordError, match="opne") as refused:
            await publish(one.config, one.ports, "partner", who="anna", why="a slip")
        assert (refused.value.file, refused.value.line) == (str(folder / "accord.toml"), 13)
        assert len(await versions(one.ports)) == 1
        with pytest.raises(UnknownThing, match="no connection 'partnr'"):
            await publish(one.config, one.ports, "partnr", who="anna", why="a slip")


async def test_a_script_is_part_of_the_version_and_an_unpublished_edit_of_it_does_not_run(folder: Path) -> None:
    shout = "def outgoing(item, replica):\n    replica.summary = (item.summary or '').upper()\n"
    async with node(folder, ONE, shout) as one:
        await agree(one)
        assert await sent(one) == {"summary": "LOGIN FAILS"}
    async with node(folder, ONE, shout.replace("upper", "title")) as one:
        assert await sent(one) == {"summary": "LOGIN FAILS"}
        await publish(one.config, one.ports, "partner", who="anna", why="quieter")
        assert await sent(one) == {"summary": "Login Fails"}


async def test_errors_of_a_version_that_is_not_in_the_files_name_the_version(folder: Path) -> None:
    broken = "def outgoing(item, replica):\n    replica.summary = item.labels[7]\n"
    async with node(folder, ONE, broken) as one:
        await agree(one)
        with pytest.raises(RuleFailed) as failed:
            await sent(one)
        assert (failed.value.file, failed.value.line) == (str(folder / "partner.py"), 2)
    async with node(folder, ONE, "# mended\n" + broken.replace("7", "0")) as one:
        with pytest.raises(RuleFailed, match=r"item.labels\[7\]") as failed:
            await sent(one)
        assert (failed.value.file, failed.value.line) == ("partner.py (partner, version 1)", 2)


async def test_going_back_publishes_the_old_source_anew(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    async with node(folder, TWO) as one:
        await publish(one.config, one.ports, "partner", who="anna", why="try")
        done = await roll_back(one.ports, "partner", 1, who="ben", why="they complained")
        assert (done.version.number, done.version.why) == (3, "back to version 1: they complained")
        assert await sent(one) == {"summary": "Login fails"}
        (draft,) = await drafts(one.config, one.ports)
        assert draft.against == 3
        with pytest.raises(NeedsOperator, match="in force already, as version 3"):
            await roll_back(one.ports, "partner", 1, who="ben", why="again")
        with pytest.raises(UnknownThing, match="no version 9"):
            await roll_back(one.ports, "partner", 9, who="ben", why="again")


async def test_what_a_rule_had_blocked_goes_on_in_the_same_transaction(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
        connection = await one.store.read(lambda tx: tx.connection("c1"))
        assert connection is not None

        def block(tx: Any) -> None:
            for number, error in enumerate(("RuleFailed", "RuleFailed", "WriteRefused")):
                twin = bring_under_sync(one.ports, connection, f"ITEM-{number}")
                tx.put_twin(twin)
                tx.register_event(twin, "changed", one.ports.clock.now())
                tx.lane_blocked(twin.id, Direction.OUT, {"error": error})

        await one.store.run(block)
    async with node(folder, TWO) as one:
        done = await publish(one.config, one.ports, "partner", who="anna", why="mend it")
        assert done.unblocked == 2
        lanes = await one.store.read(lambda tx: tx.lanes("c1"))
        assert sorted(lane.state for lane in lanes) == [LaneState.BLOCKED, LaneState.READY, LaneState.READY]


async def test_as_long_as_nothing_was_under_sync_each_start_publishes_the_files(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    async with node(folder, TWO) as one:
        (version,) = await publish_first(one.config, one.ports, starting=True)
        assert (version.number, version.by_itself) == (2, True)
        connection = await one.store.read(lambda tx: tx.connection("c1"))
        assert connection is not None
        await one.store.run(lambda tx: tx.put_twin(bring_under_sync(one.ports, connection, "ITEM-1")))
    async with node(folder, ONE) as one:
        assert await publish_first(one.config, one.ports, starting=True) == []
        assert [draft.against for draft in await drafts(one.config, one.ports)] == [2]


async def test_errors_of_a_table_name_the_file_that_says_so_now_or_else_the_version(folder: Path) -> None:
    strict = TWO.replace('"both"\n', '{ pairs = { "New" = "closed" }, strict = true }\n').replace(
        'summary = { pairs = { "New" = "closed" }, strict = true }', 'summary = "both"'
    )
    async with node(folder, ONE) as one:
        await agree(one)
    async with node(folder, ONE) as running:
        async with node(folder, "# moved down\n" + strict) as command:
            await publish(command.config, command.ports, "partner", who="anna", why="only what we know")
        place = await failing_at(running)
        assert place == (str(folder / "accord.toml"), 14)
    async with node(folder, ONE) as one:
        assert await failing_at(one) == ("partner, version 2", 3)


async def failing_at(one: Assembled) -> tuple[str | None, int | None]:
    def look(tx: Any) -> Connection:
        connection = tx.connection("c1")
        one.ports.load_rules(tx, connection)
        return connection

    connection = await one.store.read(look)
    context = await rule_context(one.ports, connection, None, first_sync=False)
    with pytest.raises(RuleFailed) as failed:
        await one.ports.agreement(connection).rules.incoming(Replica(status="odd"), Item(key="ITEM-1"), context)
    return failed.value.file, failed.value.line


async def test_a_version_that_this_release_can_t_take_says_so(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
        old = RulesVersion("c1", 2, one.ports.clock.now(), "anna", "long ago", RulesSource('[map]\nfoo = "both"\n'))
        await one.store.run(lambda tx: tx.publish_rules(old))
        with pytest.raises(AccordError, match="Version 2 of the rules of partner can't be used"):
            await sent(one)


@pytest.mark.parametrize(
    ("rules", "script", "says"),
    [
        ('[connections.partner.map]\nsumary = "both"\n', None, "sumary"),
        ('[connections.partner.map]\nsummary = "bth"\n', None, "bth"),
        ("unsync_when = {}\n" + ONE, None, "a condition names a field"),
        (ONE, "def outgoing(item, replica):\n    replica.summary = item.sumary\n", "sumary"),
    ],
)
async def test_a_draft_that_is_not_valid_keeps_no_node_from_starting(
    folder: Path, rules: str, script: str | None, says: str
) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    async with restarted(folder, rules, script) as one:
        assert await sent(one) == {"summary": "Login fails"}
        (draft,) = await drafts(one.config, one.ports)
        assert (draft.against, draft.diff) == (1, "")
        assert any(says in str(problem) for problem in draft.problems)
        found = await check(one.config, one.ports)
        assert [str(problem) for problem in found.problems] == [str(problem) for problem in draft.problems]
        with pytest.raises(ConfigurationInvalid, match=re.escape(says)):
            await publish(one.config, one.ports, "partner", who="anna", why="a slip")
        assert len(await versions(one.ports)) == 1


async def test_a_node_of_which_nothing_was_published_refuses_it(folder: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="sumary"):
        async with restarted(folder, '[connections.partner.map]\nsumary = "both"\n'):
            pass


async def test_what_is_no_rule_must_be_valid_whatever_was_published(folder: Path) -> None:
    async with node(folder, ONE) as one:
        await agree(one)
    with pytest.raises(ConfigurationInvalid, match="polcy") as caught:
        async with restarted(folder, 'polcy = "latest"\n[connections.partner.map]\nsumary = "both"\n'):
            pass
    assert "sumary" in str(caught.value)
