"""Items: sync, connect, unsync, preview."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, err, out, tell, with_node

if TYPE_CHECKING:
    from accord.node.assembly import Assembled

LOOK_SECONDS = 0.2

KeyArgument = Annotated[str, typer.Argument(help="The item's key in this side's tracker.")]


def sync(
    keys: Annotated[list[str], typer.Argument(help="Keys of items in this side's tracker.")],
    config: ConfigOption = None,
    connection: ConnectionOption = None,
    wait: Annotated[bool, typer.Option(help="Wait until each is settled or blocked.")] = True,
    timeout: Annotated[float, typer.Option(help="Wait at most this long, in seconds.")] = 30.0,
    as_json: JsonOption = False,
) -> None:
    """Brings items under sync, or looks at them at once if they are.

    Example: accord sync PAY-12 PAY-13
    """
    results = with_node(config, lambda node: _sync_all(node, keys, connection, timeout if wait else 0.0))

    def say() -> None:
        for result in results:
            remote = f" -> {result['remote']}" if result["remote"] else ""
            out.print(f"{result['item']}{remote}: {result['state']}")
            if result["cause"]:
                err.print(f"       {result['cause']['message']} {result['cause'].get('remedy') or ''}", soft_wrap=True)

    tell(results, as_json, say)
    if any(result["state"] == "blocked" for result in results):
        sys.exit(1)


async def _sync_all(node: Assembled, keys: list[str], connection: str | None, patience: float) -> list[dict[str, Any]]:
    from accord.operations.syncing import sync as register

    twins = [await register(node.ports, key, connection) for key in keys]
    end = time.monotonic() + patience
    return [await _outcome(node, twin.id, end) for twin in twins]


async def _outcome(node: Assembled, twin_id: str, end: float) -> dict[str, Any]:
    """Where the item's event has come to: settled, blocked, or still on its way at `end`."""
    from accord.operations.looking import progress

    while True:
        seen = await progress(node.ports, twin_id)
        if seen["state"] in ("settled", "blocked") or time.monotonic() >= end:
            return seen
        await node.ports.clock.sleep(LOOK_SECONDS)


def connect(
    key: KeyArgument,
    remote_key: Annotated[str, typer.Argument(help="The key of the other side's item.")],
    config: ConfigOption = None,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs two items that exist. The other side consents by running the same, or by `accept_connect = true`.

    Example: accord connect PAY-12 OPS-7
    """
    from accord.operations.syncing import connect as pair

    twin = with_node(config, lambda node: pair(node.ports, key, remote_key, connection))
    tell(
        {"item": key, "remote": remote_key, "twin": twin.id},
        as_json,
        lambda: out.print(f"{key} and {remote_key}: asked for; see accord status"),
    )


def unsync(
    key: KeyArgument, config: ConfigOption = None, connection: ConnectionOption = None, as_json: JsonOption = False
) -> None:
    """Ends a twin at once. Both items stay as they are.

    Example: accord unsync PAY-12
    """
    from accord.operations.syncing import unsync as end

    twin = with_node(config, lambda node: end(node.ports, key, connection))
    tell(
        {"item": twin.local_key, "remote": twin.remote_key, "twin": twin.id},
        as_json,
        lambda: out.print(f"{twin.local_key} is no longer under sync with {twin.remote_key or 'the other side'}"),
    )


def preview(
    key: KeyArgument, config: ConfigOption = None, connection: ConnectionOption = None, as_json: JsonOption = False
) -> None:
    """Shows what would be sent of an item now, and what a waiting change would write here. Writes nothing.

    Example: accord preview PAY-12 --json
    """
    from accord.operations.previewing import preview as look

    seen = with_node(config, lambda node: look(node.ports, key, connection))

    def say() -> None:
        state = "under sync" if seen["under_sync"] else "not under sync yet"
        out.print(f"{key} ({state}) through {seen['connection']}")
        if not seen["would_send"]:
            out.print("  nothing new to send")
        for path, change in seen["changed"].items():
            out.print(f"  send   {path}: {change['before']!r} -> {change['after']!r}", markup=False)
        _say_incoming(seen["incoming"])

    tell(seen, as_json, say)


def _say_incoming(plan: dict[str, Any] | None) -> None:
    if plan is None:
        return
    if "error" in plan:
        out.print(f"  write  nothing: {plan['error']['message']}", markup=False)
        return
    for path, change in plan["fields"].items():
        out.print(f"  write  {path}: {change['before']!r} -> {change['after']!r}", markup=False)
    for kind in ("comments", "attachments"):
        counts = ", ".join(f"{count} to {act}" for act, count in plan[kind].items() if count)
        if counts:
            out.print(f"  write  {kind}: {counts}")
    for conflict in plan["conflicts"]:
        out.print(f"  conflict on {conflict['field']}: {conflict['winner']} wins", markup=False)


COMMANDS = (sync, connect, unsync, preview)
