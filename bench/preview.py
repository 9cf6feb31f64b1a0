"""How long a preview of many items takes, and what is kept for each sync: a Markdown folder, table and script rules.

    python bench/preview.py [items]

Gives seconds for a preview of all items under a draft, and the bytes that a replica and a sample take.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from accord.config import load
from accord.model import Connection, ConnectionState, Item, Replica, Side, TwinState
from accord.node.assembly import Assembled, assembled
from accord.operations.preview_many import Summary, previews, under_sync
from accord.operations.publish import publish_first
from accord.ports import Direction, Received, Sample, Transaction
from accord.steps.compose import Synced, compose
from accord.steps.detect import bring_under_sync
from accord.steps.situation import rule_context
from accord.store.rows import pack_replica, pack_sample

CONFIG = """\
[node]
name = "bench"
[trackers.mine]
kind = "markdown"
folder = "items"
[connections.partner]
tracker = "mine"
{script}
[connections.partner.map]
summary = "both"
description = "both"
status = "both"
labels = "both"
comments = "both"
{more}
"""
SCRIPT = """\
def outgoing(item, replica):
    replica.custom["team"] = "ours"

def incoming(replica, item, context):
    if replica.summary and "urgent" in replica.summary:
        item.labels = [*item.labels, "urgent"]
"""
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprstvw" for b in "aeiou" for c in ("", "n", "st", "lling", "r")]


def write_items(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        text = " ".join(random.Random(number).choices(WORDS, k=450))  # noqa: S311
        lines = (
            f"---\nkey: ITEM-{number}\nsummary: Item {number}\nstatus: open\npriority: high\nlabels: [shared, web]\n"
        )
        (folder / f"ITEM-{number}.md").write_text(f"{lines}---\n\n{text}\n")


async def bring_all_under_sync(node: Assembled, count: int) -> None:
    """As if each was in agreement with a twin whose replica says the same, with one word of its own."""
    now = datetime.now(UTC)
    made = Connection(
        id="c", name="partner", tracker="mine", side=Side.INITIATOR, state=ConnectionState.ACTIVE, created_at=now
    )
    await node.store.run(lambda tx: tx.put_connection(made))
    await publish_first(node.config, node.ports)
    connection = await node.store.read(lambda tx: _loaded(tx, node))
    rules, tracker = node.ports.agreement(connection).rules, node.ports.trackers["mine"]
    context = await rule_context(node.ports, connection, None, first_sync=False)
    for number in range(1, count + 1):
        item = await tracker.read(f"ITEM-{number}")
        replica = await rules.outgoing(item, context)
        twin = bring_under_sync(node.ports, connection, item.key)
        told = compose(twin, item, replica, now, Synced()).twin
        twin = told.model_copy(update={"state": TwinState.PAIRED, "peer_version": 1, "remote_key": f"THEIRS-{number}"})
        theirs = replica.model_copy(update={"key": twin.remote_key, "priority": "low"})
        received = Received(twin.id, theirs, 1, 1, now)
        await node.store.run(lambda tx, t=twin, r=received: (tx.put_twin(t), tx.put_received(r)))


def _loaded(tx: Transaction, node: Assembled) -> Connection:
    connection = tx.connections()[0]
    node.agreements.load(tx, connection)
    return connection


async def measured(folder: Path, count: int, script: bool) -> float:
    """The seconds that a preview of so many items takes, in a folder that is made for them."""
    line = 'script = "partner.py"' if script else ""
    write_items(folder / "items", count)
    (folder / "partner.py").write_text(SCRIPT)
    (folder / "accord.toml").write_text(CONFIG.format(script=line, more=""))
    async with assembled(load(folder / "accord.toml")) as node:
        await bring_all_under_sync(node, count)
    (folder / "accord.toml").write_text(CONFIG.format(script=line, more='priority = "both"'))
    async with assembled(load(folder / "accord.toml")) as node:
        begin, summary = time.perf_counter(), Summary()
        chosen = await under_sync(node.ports)
        async for seen in previews(node.ports, chosen, node.agreements.draft()):
            summary.add(seen)
        seconds = time.perf_counter() - begin
        assert (summary.items, summary.fails, summary.conflicts) == (count, 0, count), summary
    return seconds


async def measure(folder: Path, count: int, script: bool) -> None:
    seconds = await measured(folder, count, script)
    kind = "table and script" if script else "table"
    print(f"{kind}: {count} items in {seconds:.2f} s, {seconds / count * 1000:.1f} ms an item")
    if not script:
        async with assembled(load(folder / "accord.toml")) as node:
            print_sizes(await node.ports.trackers["mine"].read("ITEM-1"))


def print_sizes(item: Item) -> None:
    replica = Replica(key="THEIRS-1", summary=item.summary, description=item.description, labels=item.labels)
    sample = Sample(datetime.now(UTC), "c", "t", Direction.IN, 1, False, item, replica)
    whole = len(item.model_dump_json(exclude_unset=True))
    print(
        f"an item of {whole} bytes: replica kept {len(pack_replica(replica))}, sample {len(pack_sample(sample))} bytes"
    )


async def main(count: int) -> None:
    for script in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            await measure(Path(folder), count, script)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
