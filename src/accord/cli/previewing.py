"""What would happen: preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.saying import console, say, say_aside, say_problem, short, tell, tell_json

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.preview import Preview, Sending
    from accord.operations.preview_here import AgreementOf
    from accord.operations.preview_many import Selection, Summary
    from accord.operations.preview_request import Planned, PlannedConflict, SubItemChanges
    from accord.ports import Ports

ACTS = {
    "create": "would create an item here",
    "pair": "would be paired with this item",
    "update": "would change this item",
    "nothing": "would change nothing",
    "end": "says that its item is gone: the pair would end, this item stays",
    "fail": "would fail",
}


def preview(
    key: Annotated[str | None, typer.Argument(help="One item, by its key here or there.")] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="All that match, in the tracker's own language, as a trigger.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All items under sync.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Under the rules in the files, not published yet.")] = False,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shows what would be sent and written, and writes nothing.

    Of each item: what would be sent now, what new rules would write here of what the other side last told, who would
    win where both hold something, and what a request that waits would write. What the other side's rules make of what
    is sent is not known here.

    Of several items --json gives one JSON object a line: {"item": ...} for each as it comes, {"summary": ...} at the
    end.

    Example: accord preview PAY-12

    Example: accord preview --all --draft -n partner
    """
    if (key is not None) + (query is not None) + everything != 1:
        raise typer.BadParameter("Give one of: a key, --query, --all.")
    if key is not None:
        from accord.operations.preview import preview as look

        seen = with_node(
            config, lambda node: look(node.ports, key, connection, node.agreements.draft() if draft else None)
        )
        tell(seen, as_json, lambda: _say(seen))
        return
    summary = with_node(config, lambda node: _many(node, query, connection, draft=draft, as_json=as_json))
    if as_json:
        tell_json({"summary": summary})
    else:
        tell_summary(summary)
    if summary.fails:
        raise typer.Exit(1)


async def _many(node: Assembled, query: str | None, connection: str | None, *, draft: bool, as_json: bool) -> Summary:
    from accord.operations.preview_many import matching, under_sync

    chosen = await (matching(node.ports, query, connection) if query else under_sync(node.ports, connection))
    tell_one = _tell_line if as_json else _say_if_anything
    tried = node.agreements.draft() if draft else None
    return await summed_up(node.ports, chosen, tried, tell_one, pace=node.config.node.job_pace)


async def summed_up(
    ports: Ports,
    chosen: Selection,
    draft: AgreementOf | None = None,
    tell_one: Callable[[Preview], None] | None = None,
    *,
    pace: float | None = None,
) -> Summary:
    """Goes through all of them; how far it has come stands on standard error, where that is a terminal. `pace`: so many
    of them a second would be brought in line."""
    from accord.operations.preview_many import Summary, judged

    summary = Summary()
    with console(error=True).status("") as shown:
        async for seen, summary in judged(ports, chosen, draft, pace=pace):
            if tell_one is not None:
                tell_one(seen)
            shown.update(f"{summary.items} of {len(chosen.keys)} items: {seen.key or ''}")
    return summary


def tell_summary(summary: Summary) -> None:
    """In one line, and what it can't tell."""
    say(
        f"{summary.items} items: {summary.sends} would tell the other side something, {summary.writes} would be "
        f"changed and {summary.creates} made here, {summary.conflicts} conflicts, {summary.fails} would fail.",
        "bold",
    )
    if summary.leaves:
        say(f"{summary.leaves} would leave the sync.")
    if summary.stopping:
        stop = summary.stopping
        say_problem(stop.cause, f"the guard would stop it before {stop.key}, after {stop.done} items", "yellow")
    say_aside(f"Not known here: {summary.not_known}.")


def _tell_line(seen: Preview) -> None:
    tell_json({"item": seen})


def _say_if_anything(seen: Preview) -> None:
    quiet = not (seen.sending and seen.sending.news) and not seen.failed and not seen.request
    if not quiet or (seen.here and seen.here.act != "nothing"):
        _say(seen)


def _say(seen: Preview) -> None:
    state = "" if seen.under_sync else " (not under sync yet)"
    say(
        f"{seen.key or '(no item yet)'} <-> {seen.remote_key or '(no item yet)'} through {seen.connection}{state}",
        "bold",
    )
    if seen.here is not None:
        _say_here(seen.here)
    if seen.sending is not None:
        _say_sending(seen.sending)
    if seen.failed is not None:
        say_problem(seen.failed, "can't be synced")
    if seen.request is not None:
        _say_request(seen.request, seen.requests_waiting - 1)


def _say_here(here: Planned) -> None:
    if here.act == "nothing":
        say("These rules would change nothing here of what the other side last told.")
        return
    say(f"What {here.remote_key} last told would, under these rules, change this item:")
    _say_planned(here)


def _say_sending(sending: Sending) -> None:
    say("Would send:" if sending.news else "Would send nothing: the other side was told all of it.")
    if sending.ends:
        say("  and then leave the sync")
    if sending.news:
        _say_fields(sending.fields)
        for kind, changes in (
            ("comment", sending.comments),
            ("file", sending.attachments),
            ("work log", sending.worklogs),
            ("link", sending.links),
        ):
            for change in changes:
                say(f"  {change['change']} {kind}: {short(change['text'])}")


def _say_request(request: Planned, more: int) -> None:
    say(f"A request from {request.remote_key} {ACTS[request.act]}{f' ({more} more wait behind it)' if more else ''}.")
    _say_planned(request)


def _say_planned(planned: Planned) -> None:
    _say_fields(planned.fields)
    _say_sub_items("comment", planned.comments)
    _say_sub_items("file", planned.attachments)
    _say_sub_items("work log", planned.worklogs)
    _say_sub_items("link", planned.links)
    for conflict in planned.conflicts:
        say(f"  conflict on {conflict.field}: {_outcome(conflict)}")
    if planned.stops:
        say_problem(planned.stops, "stopped")


def _outcome(conflict: PlannedConflict) -> str:
    kept, lost = short(conflict.kept) + _by(conflict.kept_by), short(conflict.lost) + _by(conflict.lost_by)
    if conflict.asked:
        return f"a person must choose; {kept} stays here, {lost} there"
    outcome = f"{conflict.winner} wins" if conflict.winner else "both edits are merged"
    policy = f" (policy {conflict.policy})" if conflict.policy else ""
    return f"{outcome}{policy}; kept {kept}, lost {lost}"


def _by(name: str | None) -> str:
    return f" (by {short(name)})" if name else ""


def _say_fields(fields: Mapping[str, tuple[object, object]]) -> None:
    for path, (before, after) in fields.items():
        say(f"  {path}: {short(before)} -> {short(after)}")


def _say_sub_items(kind: str, changes: SubItemChanges) -> None:
    for act, texts in (("new", changes.create), ("edited", changes.edit), ("deleted", changes.delete)):
        for text in texts:
            say(f"  {act} {kind}: {short(text)}")


COMMANDS = (preview,)
