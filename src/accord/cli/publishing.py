"""Rules in force: publish, rules."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.acting import acting, who
from accord.cli.bringing import bring_in_line, say_begun, show_what_would_be
from accord.cli.drafts import say_draft
from accord.cli.frame import (
    ConfigOption,
    ConnectionOption,
    JsonOption,
    choose_config,
    config_path,
    guarded,
    with_node,
)
from accord.cli.mending import ConnectionArgument
from accord.cli.saying import moment, say, say_aside, say_error, say_problem, say_table, short, tell

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.jobs import JobLine
    from accord.operations.publish import Published
    from accord.operations.replay import Replay
    from accord.operations.rules import Draft, VersionLine

WhyOption = Annotated[str, typer.Option("--why", "-m", help="Why, for those who look back.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does this (default: your account's name).")]


def publish(
    connection: ConnectionArgument,
    why: WhyOption,
    by: ByOption = None,
    and_sync: Annotated[
        bool, typer.Option("--and-sync", help="Then bring the items under sync in line: accord sync --all.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --and-sync: do not ask.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Puts the rules of the files in force.

    They are checked first; what is wrong is told with its place, and nothing changes. A node that is running takes them
    up at once, and items that a rule had blocked go on.

    Example: accord publish partner --why "they want the priority"
    """
    from accord.operations.publish import publish as put

    if and_sync:
        show_what_would_be(connection, config, draft=True, sure=yes, as_json=as_json)

    async def work(node: Assembled) -> tuple[Published, JobLine | None]:
        async with acting(node, "publish", connection=connection, why=why, by=by) as ports:
            done = await put(node.config, ports, connection, who=by or who(), why=why)
        return done, await bring_in_line(node, connection, None) if and_sync else None

    done, job = with_node(config, work)
    data = asdict(done.told()) | ({"job": job} if job else {})
    tell(data, as_json, lambda: _say_published(done, job))


def _say_published(done: Published, job: JobLine | None) -> None:
    for warning in done.warnings:
        say_error(warning, "warning", "yellow")
    say(f"Version {done.version.number} of the rules of {done.connection} is in force.", "bold")
    if done.unblocked:
        say(f"{done.unblocked} that a rule had blocked try again.")
    if job:
        say_begun(job)
    else:
        say_aside(f"Each item follows when it next changes. All of them now: accord sync --all -n {done.connection}")


def rules(
    context: typer.Context,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The versions of the rules: who published what, when, and why.

    Example: accord rules -n partner
    """
    if context.invoked_subcommand is not None:
        choose_config(config_path(config))
        return
    from accord.operations.rules import drafts, versions

    async def work(node: Assembled) -> tuple[list[VersionLine], list[Draft]]:
        return await versions(node.ports, connection), await drafts(node.config, node.ports, connection)

    known, unpublished = with_node(config, work)
    told = {"versions": known, "drafts": [draft.told() for draft in unpublished]}
    tell(told, as_json, lambda: _say_versions(known, unpublished))


def _say_versions(known: list[VersionLine], unpublished: list[Draft]) -> None:
    if not known:
        say("No rules were published yet: that happens with the first agreement (accord invite, accord accept).")
        return
    columns = ("connection", "version", "", "when", "who", "lines", "why")
    rows = [
        (
            v.connection,
            v.number,
            "in force" if v.in_force else "",
            moment(v.at),
            v.who,
            f"+{v.added} -{v.removed}",
            v.why,
        )
        for v in known
    ]
    say_table(columns, [(*row, v.why) for row, v in zip(rows, known, strict=True)])
    for draft in unpublished:
        say_draft(draft)


def diff(
    one: Annotated[str | None, typer.Argument(metavar="[A]", help="A version (default: the one in force).")] = None,
    other: Annotated[str, typer.Argument(metavar="[B]", help="Another one, or draft.")] = "draft",
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """How two versions differ, or a version and the draft in the files.

    Example: accord rules diff 3 draft -n partner
    """
    from accord.operations.rules import difference_told

    seen = with_node(config, lambda node: difference_told(node.config, node.ports, connection, one, other))
    data = {"connection": seen.connection, "from": seen.before, "to": seen.after, "diff": seen.diff}

    def say_diff() -> None:
        for line in seen.diff.splitlines():
            say(line, {"+": "green", "-": "red"}.get(line[:1]))
        if not seen.diff:
            say("They say the same.")

    tell(data, as_json, say_diff)


def show(
    version: Annotated[str, typer.Argument(help="A version, or draft.")],
    connection: ConnectionOption = None,
    script: Annotated[bool, typer.Option("--script", help="The script's text, and nothing else.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The whole source of a version: its tables as they stand in accord.toml, or its script.

    Example: accord rules show 3 -n partner --script > partner.py
    """
    from accord.operations.rules import source_told

    source = with_node(config, lambda node: source_told(node.config, node.ports, connection, version))

    def say_source() -> None:
        typer.echo((source.script or "") if script else source.table, nl=False)
        if source.script is not None and not script:
            say_aside(f"# Its script, {source.script_name or 'by another name'}: --script")

    tell(source, as_json, say_source)


def roll_back(
    version: Annotated[int, typer.Argument(help="The version whose rules are to be in force again.")],
    why: WhyOption,
    by: ByOption = None,
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Puts the rules of an earlier version in force again, as a version of its own.

    Your files stay as they are: what was taken back is a draft in them, until you change or publish it.

    Example: accord rules roll-back 2 --why "closed items came back"
    """
    from accord.operations.find import the_connection
    from accord.operations.rules import drafts
    from accord.operations.rules import roll_back as go_back

    async def work(node: Assembled) -> tuple[Published, list[Draft]]:
        chosen = await the_connection(node.ports, connection)
        async with acting(node, "roll_back", connection=chosen.name, version=version, why=why, by=by) as ports:
            done = await go_back(ports, chosen.name, version, who=by or who(), why=why)
        return done, await drafts(node.config, node.ports, chosen.name)

    done, unpublished = with_node(config, work)

    def say_done() -> None:
        _say_published(done, None)
        for draft in unpublished:
            say_aside(
                f"The files still hold what was taken back. To have in them what is in force: "
                f"accord rules show {done.version.number} -n {draft.connection}",
                "yellow",
            )

    tell(asdict(done.told()) | {"drafts": [draft.told() for draft in unpublished]}, as_json, say_done)


def replay(
    connection: ConnectionArgument,
    last: Annotated[int, typer.Option("--last", min=1, help="So many syncs, the newest.")] = 50,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Under this version (default: the draft in the files).")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Runs the last real syncs once more under other rules, and shows what would have come of them.

    Nothing is written, and no tracker is asked: what the rules were run on then is kept (keep_syncs in accord.toml).
    What was done is what the rules of that time made of it.

    Example: accord rules replay partner --last 100
    """
    from accord.operations.replay import replay as run_again

    async def work(node: Assembled) -> Replay:
        draft = None if version else node.agreements.draft()
        return await run_again(node.ports, connection, last, draft=draft, version=version)

    seen = with_node(config, work)
    tell(seen, as_json, lambda: _say_replay(seen))
    if any(one.failed for one in seen.syncs):
        raise typer.Exit(1)


def _say_replay(seen: Replay) -> None:
    differing = [one for one in seen.syncs if not one.same]
    for one in differing:
        say(f"{moment(one.at)}  {one.key}  {one.direction}  (version {one.rules})", "bold")
        for path, (was, would) in one.fields.items():
            say(f"  {path}: was {short(was)}, would be {short(would)}")
        if one.failed:
            say_problem(one.failed, "would fail")
    say(f"{len(seen.syncs)} syncs replayed: {len(seen.syncs) - len(differing)} the same, {len(differing)} not.")
    if seen.unknown:
        say_aside(f"{seen.unknown} could not be judged: the rules of their time can't be run any more.", "yellow")


rules_app = typer.Typer(rich_markup_mode=None, add_completion=False, invoke_without_command=True)
rules_app.callback()(guarded(rules))
for name, command in (("diff", diff), ("show", show), ("roll-back", roll_back), ("replay", replay)):
    rules_app.command(name)(guarded(command))

COMMANDS = (publish,)
