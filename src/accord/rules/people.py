"""Who a person of the other side is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.model import Person
from accord.rules.table import PeopleTable


@dataclass(frozen=True)
class People:
    """Matches by the table, then by e-mail, then by username among the people of this tracker."""

    table: PeopleTable
    known: Sequence[Person]

    def match(self, theirs: Person) -> Person | None:
        """Our person, or None where nobody here is meant for certain. The default is not applied."""
        pairs = {key.casefold(): ours for key, ours in self.table.pairs.items()}
        for identity in (theirs.email, theirs.username):
            if identity and identity.casefold() in pairs:
                return self.named(pairs[identity.casefold()])
        return self._by("email", theirs.email) or self._by("username", theirs.username)

    def default(self) -> Person | None:
        """Whom somebody unknown becomes: nobody, unless the table names a default."""
        return self.named(self.table.default) if self.table.default else None

    def named(self, ours: str) -> Person:
        """The person whom the table calls `ours`; the tracker judges a name that it has not told us of."""
        known = self._by("username", ours) or self._by("email", ours)
        return known or (Person(email=ours) if "@" in ours else Person(username=ours))

    def _by(self, identity: str, value: str | None) -> Person | None:
        if not value:
            return None
        wanted = value.casefold()
        return next((p for p in self.known if (getattr(p, identity) or "").casefold() == wanted), None)
