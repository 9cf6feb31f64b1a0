"""Bringing all items of a connection in line with its rules: sync --all, jobs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.acting import acting
from accord.cli.following import node_runs
from accord.cli.frame import ConfigOption, JsonOption, choose_config, config_path, guarded, with_node
from accord.cli.saying import moment, say, say_aside, say_table, tell
from accord.errors import NeedsOperator

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.jobs import JobLine
    from accord.operations.preview_many import Summary
    from accord.ports import JobState

VERBS = {"paused": "job_pause", "running": "job_resume", "cancelled": "job_cancel"}
JobArgument = Annotated[int, typer.Argument(metavar="JOB", help="Its number: accord jobs.")]


async def bring_in_line(node: Assembled, connection: str | None, pace: float | None) -> JobLine:
    """Begins the job, at the pace of the configuration unless one is given."""
    from accord.operations.jobs import begin

    async with acting(node, "sync_all", connection=connection) as ports:
        return await begin(ports, connection, pace or node.config.node.job_pace)


def say_begun(job: JobLine) -> None:
    """What was begun, and where to look."""
    say(
        f"Job {job.id} looks at {job.total} items of {job.connection} anew, {job.pace:g} a second. "
        "How it comes along: accord jobs."
    )


def show_what_would_be(
    connection: str | None, config: ConfigOption, *, draft: bool, sure: bool, as_json: bool
) -> tuple[str, Summary]:
    """Says what bringing all items in line would do, and asks whether it is meant. The connection's name, and counts.

    Raises NeedsOperator where there is nobody to ask.
    """
    from accord.cli.previewing import summed_up, tell_summary
    from accord.operations.preview_many import under_sync

    async def look(node: Assembled) -> tuple[str, Summary]:
        chosen = await under_sync(node.ports, connection)
        tried = node.agreements.draft() if draft else None
        return chosen.connection.name, await summed_up(node.ports, chosen, tried, pace=node.config.node.job_pace)

    name, summary = with_node(config, look)
    if not as_json:
        tell_summary(summary)
    if not sure and not sys.stdin.isatty():
        raise NeedsOperator("There is nobody here to ask whether this is meant.", remedy="If it is: --yes.")
    if not sure and not typer.confirm("Go on?", default=True, err=True):
        raise typer.Exit(1)
    return name, summary


def sync_all(connection: str | None, pace: float | None, config: ConfigOption, *, sure: bool, as_json: bool) -> None:
    """What `accord sync --all` does: says what would happen, asks whether it is meant, and begins the job."""
    name, summary = show_what_would_be(connection, config, draft=False, sure=sure, as_json=as_json)

    async def work(node: Assembled) -> tuple[JobLine, bool]:
        return await bring_in_line(node, name, pace), node_runs(node.config)

    job, running = with_node(config, work)
    tell({"preview": summary, "job": job}, as_json, lambda: say_begun(job))
    if not running:
        say_aside("No node is running here, so it waits: accord up starts one.", "yellow")


def jobs(context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Work in the background: how far it has come.

    Example: accord jobs
    """
    if context.invoked_subcommand is not None:
        choose_config(config_path(config))
        return
    from accord.operations.jobs import jobs as look

    lines = with_node(config, lambda node: look(node.ports))
    tell(lines, as_json, lambda: _say_jobs(lines))


def _say_jobs(lines: list[JobLine]) -> None:
    if not lines:
        say("There are no jobs. One begins with: accord sync --all")
        return
    columns = ("job", "connection", "state", "items", "a second", "begun", "last", "waits for")
    rows = [
        (j.id, j.connection, j.state, f"{j.done} of {j.total}", f"{j.pace:g}", moment(j.created_at),
         moment(j.updated_at), j.waits_for)
        for j in lines
    ]  # fmt: skip
    say_table(columns, rows)


def pause(job: JobArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Lets a job rest; what it registered already goes on.

    Example: accord jobs pause 3
    """
    from accord.ports import JobState

    _set(job, JobState.PAUSED, config, as_json)


def resume(job: JobArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Lets a job go on where it was.

    Example: accord jobs resume 3
    """
    from accord.ports import JobState

    _set(job, JobState.RUNNING, config, as_json)


def cancel(job: JobArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Ends a job; what it registered already goes on.

    Example: accord jobs cancel 3
    """
    from accord.ports import JobState

    _set(job, JobState.CANCELLED, config, as_json)


def _set(job: int, state: JobState, config: ConfigOption, as_json: bool) -> None:
    from accord.operations.jobs import set_state

    async def work(node: Assembled) -> JobLine:
        async with acting(node, VERBS[state], job=job) as ports:
            return await set_state(ports, job, state)

    line = with_node(config, work)
    tell(line, as_json, lambda: say(f"Job {line.id} is {line.state}: {line.done} of {line.total} items are done."))


jobs_app = typer.Typer(rich_markup_mode=None, add_completion=False, invoke_without_command=True)
jobs_app.callback()(guarded(jobs))
for command in (pause, resume, cancel):
    jobs_app.command()(guarded(command))
