"""A real Roundup 2.6 for tests, soaks and connector writers, and people who use it.

    with RoundupServer.start(folder) as server:
        alice = server.user("alice")
        key = await alice.create("Printer on fire", "It burns.")

Needs the PyPI package `roundup`. Users are alice, bob and carol (role User) and syncbot (roles User, Admin).
"""

from accord.testing.roundup.person import RoundupPerson, RoundupRefused
from accord.testing.roundup.server import RoundupServer, RoundupStartFailed

__all__ = ["RoundupPerson", "RoundupRefused", "RoundupServer", "RoundupStartFailed"]
