"""Acts of the command line: noted in the audit log, under the name of the account that runs it."""

from __future__ import annotations

import getpass
import socket
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.ports import Ports


def acting(node: Assembled, what: str, **about: Any) -> AbstractAsyncContextManager[Ports]:
    """The ports for one act: see `operations.audit.audited`."""
    from accord.operations.audit import Actor, audited

    return audited(node.ports, Actor(who(), "cli", socket.gethostname()), what, **about)


def who() -> str:
    """The name of the account that runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
