"""What people decide about conflicts: choose a value, or bring back one that lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from accord.cli.acting import acting, who
from accord.cli.following import node_runs
from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.items import KeyArgument
from accord.cli.saying import console, moment, say, say_aside, short, tell

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.choose import Chosen
    from accord.operations.restore import Loser, Restored

FieldArgument = Annotated[str, typer.Argument(help="The field, as accord errors and accord history name it.")]
PreviewOption = Annotated[bool, typer.Option("--preview", help="Only show what would be written.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides, for the history (default: your account's name).")]
SECONDS = 30.0


def choose(
    key: KeyArgument,
    field: FieldArgument,
    side: Annotated[
        Literal["ours", "theirs"] | None, typer.Argument(metavar="[ours|theirs]", help="Whose value is right.")
    ] = None,
    value: Annotated[str | None, typer.Option("--value", help="Neither: this one.")] = None,
    preview: PreviewOption = False,
    by: ByOption = "",
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answers which value a field is to hold that was changed on both sides, under the policy `ask`.

    It may be answered on either side, and holds for both; of two people who answer at the same time the first decides.
    Where the field has been edited since, nothing is written, and you are asked again.

    Example: accord choose PAY-12 priority theirs

    Example: accord choose PAY-12 summary --value "Payment fails at checkout"
    """
    from accord.operations.choose import choose as decide

    if (side is None) == (value is None):
        raise typer.BadParameter("Say whose value is right, ours or theirs, or give another one: --value TEXT.")

    async def work(node: Assembled) -> tuple[Chosen, str]:
        about = {"field": field, "side": side, "value": value, "by": by or None}
        async with acting(node, "choose", item=key, connection=connection, once=False, **about) as ports:
            made = await decide(
                ports, key, field, who=by or who(), side=side, value=value, connection=connection, preview=preview
            )
        return made, "preview" if preview else await _carried_out(node, made.twin_id, made.key, made.field)

    made, outcome = with_node(config, work)

    def say_chosen() -> None:
        say(f"{made.field} of {made.key}: {short(made.before)} here, {short(made.theirs)} there -> {short(made.after)}")
        _say_outcome(outcome)

    tell({"chosen": made, "outcome": outcome}, as_json, say_chosen)
    if outcome not in OUTCOMES:
        raise typer.Exit(1)


def restore(
    key: KeyArgument,
    field: Annotated[
        str | None, typer.Argument(help="The field; without it, what could be restored is listed.")
    ] = None,
    number: Annotated[int, typer.Option("--number", "-N", min=1, help="1 is the last conflict on the field.")] = 1,
    over_edits: Annotated[
        bool, typer.Option("--over-edits", help="Also where somebody has edited the field since that conflict.")
    ] = False,
    preview: PreviewOption = False,
    by: ByOption = "",
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Brings back a value that lost a conflict.

    It is written here as an edit, and syncs as any other. A comment is called comment.<id>. Without a field: which
    values there are, by field and number.

    Example: accord restore PAY-12 priority --preview

    Example: accord restore PAY-12 summary --number 2
    """
    from accord.operations.restore import losers
    from accord.operations.restore import restore as bring_back

    if field is None:
        found = with_node(config, lambda node: losers(node.ports, key, None, connection))
        tell(found, as_json, lambda: _say_losers(key, found))
        return
    path = field

    async def work(node: Assembled) -> tuple[Restored, str]:
        about = {"field": path, "number": number, "by": by or None}
        async with acting(node, "restore", item=key, connection=connection, once=False, **about) as ports:
            made = await bring_back(
                ports,
                key,
                path,
                who=by or who(),
                number=number,
                connection=connection,
                over_edits=over_edits,
                preview=preview,
            )
        return made, "preview" if preview else await _carried_out(node, made.twin_id, made.key, made.field)

    made, outcome = with_node(config, work)

    def say_restored() -> None:
        since = " (edited since that conflict)" if made.edited_since else ""
        say(f"{made.field} of {made.key}: {short(made.before)}{since} -> {short(made.after)}")
        _say_outcome(outcome)

    tell({"restored": made, "outcome": outcome}, as_json, say_restored)
    if outcome not in OUTCOMES:
        raise typer.Exit(1)


OUTCOMES = {
    "preview": "Nothing was written.",
    "waits": "No node is running here, so it waits: accord up starts one.",
    "late": "It is not done yet: accord queue shows why.",
    "done": "Written here, and on its way to the other side.",
}


async def _carried_out(node: Assembled, twin_id: str, key: str, field: str) -> str:
    """What became of a decision: one of `OUTCOMES`, or why nothing was written."""
    from accord.operations.following import carried_out

    if not node_runs(node.config):
        return "waits"
    with console(error=True).status(f"{key}: {field}"):
        return await carried_out(node.ports, twin_id, key, field, SECONDS)


def _say_outcome(outcome: str) -> None:
    if outcome in OUTCOMES:
        say_aside(OUTCOMES[outcome], None if outcome == "done" else "yellow")
    else:
        say_aside(outcome, "bold red")


def _say_losers(key: str, found: list[Loser]) -> None:
    if not found:
        say(f"No value of {key} has lost a conflict that is in history.")
    for one in found:
        lost, kept = short(one.lost), short(one.kept)
        say(f"{one.field} --number {one.number}  {moment(one.at)}  lost {lost}, kept {kept} ({one.winner})")


COMMANDS = (choose, restore)
