"""This side's part of each connection: settings from the configuration, rules as they were published."""

from __future__ import annotations

from collections.abc import Callable

from accord.config import Config
from accord.config.published import rules_of
from accord.errors import Unreachable
from accord.model import Connection
from accord.operations.publish import configured
from accord.ports import Agreement, Rules, RulesVersion, Transaction
from accord.rules import Sandbox


class Agreements:
    """Rules are loaded with the connection that names their version, and made ready when they are first asked for.

    A version never changes, so what was made ready once stays so.
    """

    def __init__(self, config: Config, sandbox: Sandbox) -> None:
        self._config, self._sandbox = config, sandbox
        self._versions: dict[tuple[str, int], RulesVersion] = {}
        self._rules: dict[tuple[str, int], Rules] = {}

    def load(self, tx: Transaction, connection: Connection) -> None:
        """Reads the version in force, where it is not known yet."""
        key = connection.id, connection.rules_version
        if connection.rules_version and key not in self._versions:
            version = tx.rules_version(*key)
            if version is not None:
                self._versions[key] = version

    def of(self, connection: Connection) -> Agreement:
        """Under the version that the connection names; under the files, where nothing was published yet.

        Raises UnknownThing if the connection is no longer in the configuration, Unreachable if the version was not
        loaded, and what making it ready raises.
        """
        key = connection.id, connection.rules_version
        if key not in self._rules:
            self._rules[key] = self._ready(connection)
        return self._with(connection, self._rules[key])

    def draft(self) -> Callable[[Connection], Agreement]:
        """The same under the files, published or not."""
        ready: dict[str, Rules] = {}

        def of(connection: Connection) -> Agreement:
            if connection.name not in ready:
                ready[connection.name] = configured(self._config, connection).rules(self._sandbox)
            return self._with(connection, ready[connection.name])

        return of

    def drafts_of(self, config: Config) -> Callable[[Connection], Agreement]:
        """The same under the files as a newer reading of them has it."""
        return Agreements(config, self._sandbox).draft()

    def _ready(self, connection: Connection) -> Rules:
        ours = configured(self._config, connection)
        if not connection.rules_version:
            return ours.rules(self._sandbox)
        version = self._versions.get((connection.id, connection.rules_version))
        if version is None:
            raise Unreachable(
                f"The rules of {connection.name} were published a moment ago.", remedy="Try again: they are loaded now."
            )
        return rules_of(ours, version, self._sandbox)

    def _with(self, connection: Connection, rules: Rules) -> Agreement:
        ours = configured(self._config, connection)
        return Agreement(
            rules=rules,
            guard=ours.guard,
            trigger=ours.trigger,
            accept_connect=ours.accept_connect,
            tell_who=ours.tell_who,
        )
