"""Two nodes come to an agreement: invite, accept."""

from __future__ import annotations

from typing import Annotated

import typer

from accord.cli.frame import ConfigOption, JsonOption, out, tell, with_node


def invite(
    connection: Annotated[str, typer.Argument(help="A connection of accord.toml.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a code that invites another node to a connection. It works once, and only for a while.

    Example: accord invite acme
    """
    from accord.operations.agreeing import invite as make

    made = with_node(config, lambda node: make(node.config, node.store, node.ports.clock, node.identity, connection))
    code = made.code()
    data = {"code": code, "connection": made.connection, "expires": made.expires.isoformat()}

    def say() -> None:
        print(code)
        out.print("Send this to the other side's operator, who runs: accord accept CODE CONNECTION")
        out.print(f"It is good until {made.expires:%Y-%m-%d %H:%M} UTC, once.")

    tell(data, as_json, say)


def accept(
    code: Annotated[str, typer.Argument(help="What accord invite printed on the other side.")],
    connection: Annotated[str, typer.Argument(help="A connection of this node's accord.toml.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accepts an invitation: both nodes then know and pin each other's key.

    Example: accord accept accord1... acme
    """
    from accord.operations.agreeing import accept as agree
    from accord.peers.keys import fingerprint

    made = with_node(
        config,
        lambda n: agree(n.config, n.store, n.ports.clock, n.identity, n.client, code, connection),
    )
    print_ = fingerprint(made.peer_key) if made.peer_key else ""
    data = {"connection": made.name, "id": made.id, "peer": made.peer_node, "url": made.peer_url, "fingerprint": print_}

    def say() -> None:
        out.print(f"{made.name} is in force with {made.peer_node} at {made.peer_url}")
        out.print(f"Compare its fingerprint with its operator: {print_}")

    tell(data, as_json, say)


COMMANDS = (invite, accept)
