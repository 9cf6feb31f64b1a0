"""The command line: `accord`."""

from __future__ import annotations

import typer

from accord.cli import access, agreeing, deciding, items, looking, mending, previewing, publishing, running, setting_up
from accord.cli.bringing import jobs_app
from accord.cli.frame import choose_config, guarded

app = typer.Typer(
    name="accord",
    help="Keeps the work items that two teams share in agreement, in both directions.\n\n"
    "Start with: accord init, accord check, accord up. To see it at work: accord demo.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: what makes it pretty takes longer to load than all the rest.
    rich_markup_mode=None,
    add_completion=False,
)
app.callback()(choose_config)
for subject in (setting_up, running, agreeing, items, previewing, publishing, looking, deciding, mending, access):
    for command in subject.COMMANDS:
        app.command()(guarded(command))
app.add_typer(publishing.rules_app, name="rules")
app.add_typer(jobs_app, name="jobs")
app.add_typer(access.token_app, name="token")


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 an error (told with what to do next), 2 wrong usage."""
    app()
