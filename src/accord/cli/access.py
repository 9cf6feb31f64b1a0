"""Who may use the API, and who changed what: token, audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from accord.cli.acting import acting, who
from accord.cli.frame import ConfigOption, JsonOption, choose_config, config_path, guarded, with_node
from accord.cli.saying import moment, say, say_aside, say_table, tell

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.audit import AuditLine
    from accord.operations.tokens import Made, TokenLine

RoleOption = Annotated[
    Literal["viewer", "operator", "editor", "admin"],
    typer.Option("--role", "-r", help="What it may do; each may do all that those before it may."),
]


def create(
    name: Annotated[str, typer.Argument(help="What the audit log calls it: a person's or program's name.")],
    role: RoleOption = "viewer",
    connection: Annotated[
        str | None, typer.Option("--connection", "-n", help="For this connection only; nothing else can be seen.")
    ] = None,
    days: Annotated[float, typer.Option("--days", min=0.01, max=3650, help="How long it is valid.")] = 90,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a token for the API, and shows it once.

    The node keeps only a hash of it. Who needs another one makes another one.

    Example: accord token create grafana --role viewer

    Example: accord token create nightly --role operator --connection partner --days 30
    """
    from accord.operations.tokens import create_token
    from accord.ports import Role

    async def work(node: Assembled) -> Made:
        async with acting(node, "create_token", connection=connection, name=name, role=role, days=days) as ports:
            return await create_token(ports, name, Role(role), who=who(), connection=connection, days=days)

    made = with_node(config, work)

    def say_made() -> None:
        typer.echo(made.secret)
        say_aside("It is not shown again. To use it: curl -H 'Authorization: Bearer TOKEN' .../api/v1/status")
        if made.token.connection is None:
            say_aside("It is for all connections. For one only: --connection.")

    tell(made, as_json, say_made)


def list_tokens(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The tokens that there are, and those that expired or were revoked.

    Example: accord token list
    """
    from accord.operations.tokens import tokens

    lines = with_node(config, lambda node: tokens(node.ports))
    tell(lines, as_json, lambda: _say_tokens(lines))


def _say_tokens(lines: list[TokenLine]) -> None:
    if not lines:
        say("There are no tokens. One is made by: accord token create NAME --role viewer")
        return
    columns = ("name", "role", "connection", "state", "made", "by", "expires", "id")
    rows = [
        (t.name, t.role, t.connection or "all", t.state, moment(t.created_at), t.created_by, moment(t.expires_at), t.id)
        for t in lines
    ]
    say_table(columns, rows)


def revoke(
    token: Annotated[str, typer.Argument(help="Its name or id: accord token list.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ends a token for good, at once.

    Example: accord token revoke nightly
    """
    from accord.operations.tokens import revoke_token

    async def work(node: Assembled) -> TokenLine:
        async with acting(node, "revoke_token", token=token) as ports:
            return await revoke_token(ports, token)

    line = with_node(config, work)
    tell(line, as_json, lambda: say(f"Token {line.name} is revoked: nobody can use it any more."))


def audit(
    limit: Annotated[int, typer.Option(min=1, help="At most so many lines.")] = 100,
    before: Annotated[int | None, typer.Option(min=1, help="Only lines before this number.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who changed something by this command line or the API, when, from where, and what came of it.

    The newest first. What sync does by itself is in: accord history.

    Example: accord audit --limit 20
    """
    from accord.operations.audit import audit as look

    lines = with_node(config, lambda node: look(node.ports, before=before, limit=limit))
    tell(lines, as_json, lambda: _say_acts(lines))


def _say_acts(lines: list[AuditLine]) -> None:
    if not lines:
        say("Nobody changed anything yet.")
        return
    columns = ("number", "when", "who", "via", "from", "what", "connection", "item", "outcome", "why")
    say_table(columns, [_act_row(line) for line in lines])


def _act_row(line: AuditLine) -> tuple[object, ...]:
    why = (line.error or {}).get("message") or ", ".join(f"{name}={value}" for name, value in line.details.items())
    about = (line.what, line.connection, line.item, line.outcome, why)
    return (line.number, moment(line.at), line.who, line.via, line.origin, *about)


def token(config: ConfigOption = None) -> None:
    """Tokens for the API: who may do what.

    Example: accord token create grafana --role viewer
    """
    choose_config(config_path(config))


token_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
token_app.callback()(guarded(token))
for name, command in (("create", create), ("list", list_tokens), ("revoke", revoke)):
    token_app.command(name)(guarded(command))

COMMANDS = (audit,)
