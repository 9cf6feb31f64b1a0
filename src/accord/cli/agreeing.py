"""Two nodes come to an agreement: invite, accept."""

from __future__ import annotations

from typing import Annotated

import typer

from accord.cli.frame import ConfigOption, JsonOption, with_node
from accord.cli.saying import say, say_aside, tell

PlainHttpOption = Annotated[
    bool, typer.Option("--plain-http", help="Allow addresses without TLS: only within a closed network.")
]


def invite(
    connection: Annotated[str, typer.Argument(help="A connection of this node's accord.toml.")],
    plain_http: PlainHttpOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes a code that invites another node to a connection.

    The code works once, for a week. A new one takes the place of one that was not used.

    Example: accord invite partner
    """
    from accord.operations.invite import invite as make

    made = with_node(
        config,
        lambda node: make(
            node.config, node.store, node.ports.clock, node.identity, connection, plain_http=plain_http
        ),
    )  # fmt: skip
    data = {"code": made.code(), "connection": made.connection, "name": connection, "expires": made.expires}

    def say_code() -> None:
        print(made.code())
        say_aside("Send this to the other side's operator, over a way that you both trust. There:")
        say_aside(f"  accord accept CODE CONNECTION     (once, until {made.expires:%Y-%m-%d %H:%M} UTC)")

    tell(data, as_json, say_code)


def accept(
    code: Annotated[str, typer.Argument(help="What `accord invite` printed on the other side.")],
    connection: Annotated[str, typer.Argument(help="A connection of this node's accord.toml.")],
    plain_http: PlainHttpOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accepts an invitation of another node.

    That node must be running. Both then know each other's key, and take nothing from anybody else.

    Example: accord accept accord1.eyJ... partner
    """
    from accord.operations.invite import accept as agree
    from accord.peers.keys import fingerprint

    made = with_node(
        config,
        lambda node: agree(
            node.config,
            node.store,
            node.ports.clock,
            node.identity,
            node.client,
            code,
            connection,
            plain_http=plain_http,
        ),
    )
    key = fingerprint(made.peer_key) if made.peer_key else ""
    data = {"connection": made.name, "id": made.id, "peer": made.peer_node, "url": made.peer_url, "fingerprint": key}

    def say_agreed() -> None:
        say(f"{made.name} is in force with {made.peer_node} at {made.peer_url}")
        say(f"Its key is {key}: its operator sees the same when its node starts.")

    tell(data, as_json, say_agreed)


COMMANDS = (invite, accept)
