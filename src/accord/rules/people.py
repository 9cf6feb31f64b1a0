"""Who a person of the other side is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from accord.errors import RuleFailed
from accord.markup import renamed
from accord.model import Person
from accord.rules.kinds import Unfit, person_of
from accord.rules.table import PeopleTable


@dataclass(frozen=True)
class People:
    """Matches by the table, then, as the table says, by e-mail, username or name among the people of this tracker."""

    table: PeopleTable
    known: Sequence[Person]

    def match(self, theirs: Person) -> Person | None:
        """Our person, or None where nobody here is meant for certain. The default is not applied."""
        ours = self._paired(theirs)
        if ours is not None:
            return self.named(ours)
        found = (self._by(way, getattr(theirs, way)) for way in self.table.match)
        return next((person for person in found if person), None)

    def default(self, own: str | None = None) -> Person | None:
        """Whom somebody unknown becomes: a field's own default, else the table's, else nobody."""
        ours = own or self.table.default
        return self.named(ours) if ours else None

    def named(self, ours: str) -> Person:
        """The person whom the table calls `ours`; the tracker judges a name that it has not told us of."""
        known = self._by("username", ours) or self._by("email", ours)
        return known or (Person(email=ours) if "@" in ours else Person(username=ours))

    def mentions(self, text: str) -> str:
        """A text of theirs, in which `@name` is who the table says under that very username. Others stay."""
        return renamed(text, self._username) if self.table.pairs else text

    def _username(self, theirs: str) -> str | None:
        pairs = {key.casefold(): ours for key, ours in self.table.pairs.items()}
        ours = pairs.get(theirs.casefold())
        return self.named(ours).username if ours else None

    def received(self, path: str, value: object, default: str | None, *, strict: bool) -> Person | None:
        """Who a received value is here. Raises RuleFailed for what is no person, and for strangers if `strict`."""
        try:
            theirs = person_of(value)
        except Unfit as unfit:
            remedy = f"It takes {unfit}. Check under which name it travels (as)."
            raise RuleFailed(
                f"{path} received something that is no person.", field=path, value=value, remedy=remedy
            ) from None
        if theirs is None:
            return None
        ours = self.match(theirs)
        if ours is None and strict:
            raise RuleFailed(
                f"{path} received {theirs.label()!r}, whom nobody here matches.",
                field=path,
                value=theirs.email or theirs.username or theirs.name,
                remedy="Add a line for them to the connection's people table.",
            )
        return ours or self.default(default)

    def _paired(self, theirs: Person) -> str | None:
        """Whoever is named in full goes before patterns."""
        identities = [one.casefold() for one in (theirs.email, theirs.username) if one]
        pairs = {key.casefold(): ours for key, ours in self.table.pairs.items()}
        exact = (pairs[one] for one in identities if one in pairs)
        patterns = (ours for key, ours in pairs.items() if "*" in key and any(fnmatchcase(i, key) for i in identities))
        return next(exact, None) or next(patterns, None)

    def _by(self, way: str, value: str | None) -> Person | None:
        if not value:
            return None
        found = [p for p in self.known if (getattr(p, way) or "").casefold() == value.casefold()]
        # Two people may have the same name.
        return found[0] if found and (way != "name" or len(found) == 1) else None
