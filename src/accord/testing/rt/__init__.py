"""A real Request Tracker 5 for tests, soaks and connector writers, and people who use it.

    with RTServer.start(folder) as server:
        alice = server.user("alice")
        key = await alice.create("Printer on fire", "It burns.")

RT comes from the packages of Debian 12 or its like, which are installed where they are missing and this is root
(RTMissing says why it can't be had); its database from `accord.testing.postgres`. Users are alice, bob and syncbot
(agents), carol (a customer) and root; queues Alpha, Beta, Hidden (where only alice has rights) and Desk (with a
lifecycle of its own).
"""

from accord.testing.rt.packages import RTMissing
from accord.testing.rt.person import RTPerson, RTRefused
from accord.testing.rt.server import RTServer
from accord.testing.rt.template import RTStartFailed

__all__ = ["RTMissing", "RTPerson", "RTRefused", "RTServer", "RTStartFailed"]
