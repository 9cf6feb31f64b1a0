"""What would happen: preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.items import KeyArgument
from accord.cli.saying import say, say_problem, short, tell

if TYPE_CHECKING:
    from accord.operations.preview import Preview, Sending
    from accord.operations.preview_request import Planned, SubItemChanges

ACTS = {
    "create": "would create an item here",
    "pair": "would be paired with this item",
    "update": "would change this item",
    "nothing": "would change nothing",
    "end": "says that its item is gone: the pair would end, this item stays",
    "fail": "would fail",
}


def preview(
    key: KeyArgument, connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Shows what would be sent and written, and writes nothing.

    That is: what would be sent of the item now, and what a request of the other side that waits for it would write.

    Example: accord preview PAY-12
    """
    from accord.operations.preview import preview as look

    seen = with_node(config, lambda node: look(node.ports, key, connection))
    tell(seen, as_json, lambda: _say(seen))


def _say(seen: Preview) -> None:
    state = "" if seen.under_sync else " (not under sync yet)"
    say(
        f"{seen.key or '(no item yet)'} <-> {seen.remote_key or '(no item yet)'} through {seen.connection}{state}",
        "bold",
    )
    if seen.sending is not None:
        _say_sending(seen.sending)
    if seen.failed is not None:
        say_problem(seen.failed, "can't be sent")
    if seen.request is not None:
        _say_request(seen.request, seen.requests_waiting - 1)


def _say_sending(sending: Sending) -> None:
    say("Would send:" if sending.news else "Would send nothing: the other side was told all of it.")
    if sending.news:
        _say_fields(sending.fields)
        for kind, changes in (("comment", sending.comments), ("file", sending.attachments)):
            for change in changes:
                say(f"  {change['change']} {kind}: {short(change['text'])}")


def _say_request(request: Planned, more: int) -> None:
    say(f"A request from {request.remote_key} {ACTS[request.act]}{f' ({more} more wait behind it)' if more else ''}.")
    _say_fields(request.fields)
    _say_sub_items("comment", request.comments)
    _say_sub_items("file", request.attachments)
    for conflict in request.conflicts:
        outcome = f"{conflict.winner} wins" if conflict.winner else "both edits are merged"
        say(f"  conflict on {conflict.field}: {outcome}; kept {short(conflict.kept)}, lost {short(conflict.lost)}")
    if request.stops:
        say_problem(request.stops, "stopped")


def _say_fields(fields: Mapping[str, tuple[object, object]]) -> None:
    for path, (before, after) in fields.items():
        say(f"  {path}: {short(before)} -> {short(after)}")


def _say_sub_items(kind: str, changes: SubItemChanges) -> None:
    for act, texts in (("new", changes.create), ("edited", changes.edit), ("deleted", changes.delete)):
        for text in texts:
            say(f"  {act} {kind}: {short(text)}")


COMMANDS = (preview,)
