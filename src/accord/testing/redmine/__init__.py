"""A real Redmine 5 for tests, soaks and connector writers, and people who use it.

    with RedmineServer.start(folder) as server:
        alice = server.user("alice")
        key = await alice.create("Printer on fire", "It burns.")

Redmine comes from the packages of Debian 12 or its like, which are installed where they are missing and this is root
(RedmineMissing says why it can't be had); its database from `accord.testing.postgres`. Users are alice (Manager), bob
(Developer), carol (Reporter) and syncbot (an administrator), projects alpha, beta and hidden (where only syncbot is).
"""

from accord.testing.redmine.packages import RedmineMissing
from accord.testing.redmine.person import RedminePerson, RedmineRefused
from accord.testing.redmine.server import RedmineServer
from accord.testing.redmine.template import RedmineStartFailed

__all__ = ["RedmineMissing", "RedminePerson", "RedmineRefused", "RedmineServer", "RedmineStartFailed"]
