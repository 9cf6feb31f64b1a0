"""Two nodes come to an agreement: invite, accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from accord.cli.acting import acting
from accord.cli.frame import ConfigOption, JsonOption, with_node
from accord.cli.saying import say, say_aside, tell

if TYPE_CHECKING:
    from accord.model import Connection
    from accord.node.assembly import Assembled
    from accord.peers.codes import Invitation

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
    from accord.operations.publish import publish_first

    async def work(node: Assembled) -> Invitation:
        clock = node.ports.clock
        async with acting(node, "invite", connection=connection, once=False) as ports:
            made = await make(node.config, ports.store, clock, node.identity, connection, plain_http=plain_http)
        await publish_first(node.config, node.ports)
        return made

    made = with_node(config, work)
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
    from accord.operations.publish import publish_first
    from accord.operations.terms import terms_in_words
    from accord.peers.keys import fingerprint

    async def work(node: Assembled) -> Connection:
        clock, peers = node.ports.clock, node.client
        async with acting(node, "accept", connection=connection, once=False) as ports:
            made = await agree(
                node.config, ports.store, clock, node.identity, peers, code, connection, plain_http=plain_http
            )
        await publish_first(node.config, node.ports)
        return made

    made = with_node(config, work)
    key = fingerprint(made.peer_key) if made.peer_key else ""
    data: dict[str, Any] = {
        "connection": made.name,
        "id": made.id,
        "peer": made.peer_node,
        "url": made.peer_url,
        "fingerprint": key,
    }
    data["conflicts"] = terms_in_words(made)

    def say_agreed() -> None:
        say(f"{made.name} is in force with {made.peer_node} at {made.peer_url}")
        say(f"Its key is {key}: its operator sees the same when its node starts.")
        for path, words in terms_in_words(made).items():
            say(f"Conflicts{'' if path == '*' else f' on {path}'}: {words}.")

    tell(data, as_json, say_agreed)


COMMANDS = (invite, accept)
