"""The last real syncs once more under other rules: what they would have done, against what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.errors import AccordError, UnknownThing
from accord.model import Connection, Item, Replica, differing, flatten
from accord.operations.find import connection_called
from accord.operations.preview_here import AgreementOf
from accord.ports import Direction, Ports, RuleContext, Rules, Sample, Transaction
from accord.steps.situation import rule_context


@dataclass(frozen=True)
class Replayed:
    """One sync. `fields`: what was made, and what would have been, by path of the replica (out) or of our item (in);
    comments and attachments as `comments.<id>`. `failed`: under the other rules it would have, as an error's JSON."""

    at: datetime
    key: str | None
    direction: Direction
    rules: int
    fields: dict[str, tuple[JsonValue, JsonValue]] = field(default_factory=dict)
    failed: dict[str, Any] | None = None

    @property
    def same(self) -> bool:
        return not self.fields and self.failed is None


@dataclass(frozen=True)
class Replay:
    """All of them, the newest first. `unknown`: syncs whose rules of the time are not known any more."""

    connection: str
    syncs: tuple[Replayed, ...]
    unknown: int = 0


async def replay(
    ports: Ports, name: str, last: int, draft: AgreementOf | None = None, version: int | None = None
) -> Replay:
    """Runs the last so many syncs of a connection under a `draft` of its rules, or under a `version` (None: the one in
    force). Writes nothing, and asks no tracker for items: what they were is kept, as many as `keep_syncs` says.

    Raises UnknownThing.
    """
    connection, samples = await ports.store.read(lambda tx: _kept(tx, ports, name, last, version))
    other = connection if version is None else connection.model_copy(update={"rules_version": version})
    rules = (draft or ports.agreement)(other).rules
    syncs, unknown = [], 0
    for sample in samples:
        try:
            former = ports.agreement(connection.model_copy(update={"rules_version": sample.rules})).rules
            context = await _context(ports, connection, sample)
            was = await _made(former, sample, context)
        except AccordError:
            unknown += 1
            continue
        syncs.append(await _replayed(sample, was, rules, context))
    return Replay(connection.name, tuple(syncs), unknown)


def _kept(
    tx: Transaction, ports: Ports, name: str, last: int, version: int | None
) -> tuple[Connection, Sequence[Sample]]:
    connection = connection_called(tx, name)
    if version is not None and tx.rules_version(connection.id, version) is None:
        raise UnknownThing(
            f"The rules of {name} have no version {version}.", remedy="Those there are: accord rules.", field="version"
        )
    samples = tx.samples(connection.id, last)
    for number in {connection.rules_version, version or 0, *(sample.rules for sample in samples)}:
        ports.load_rules(tx, connection.model_copy(update={"rules_version": number}))
    return connection, samples


async def _context(ports: Ports, connection: Connection, sample: Sample) -> RuleContext:
    twin = await ports.store.read(lambda tx: tx.twin(sample.twin_id))
    context = await rule_context(ports, connection, twin, first_sync=sample.first_sync)
    return context if sample.direction is Direction.OUT else replace(context, previous=None)


async def _replayed(sample: Sample, was: dict[str, JsonValue], rules: Rules, context: RuleContext) -> Replayed:
    key = sample.item.key or (sample.replica.key if sample.replica else None)
    try:
        would = await _made(rules, sample, context)
    except AccordError as error:
        return Replayed(sample.at, key, sample.direction, sample.rules, failed=error.to_json())
    fields = {path: (was.get(path), would.get(path)) for path in sorted(differing(was, would))}
    return Replayed(sample.at, key, sample.direction, sample.rules, fields)


async def _made(rules: Rules, sample: Sample, context: RuleContext) -> dict[str, JsonValue]:
    made: Item | Replica
    if sample.direction is Direction.OUT:
        made = await rules.outgoing(sample.item, context)
    else:
        made = await rules.incoming(sample.replica or Replica(), sample.item, context)
    flat: dict[str, JsonValue] = dict(flatten(made))
    flat |= {f"comments.{comment.id}": comment.body for comment in made.comments}
    flat |= {f"links.{link.id}": f"{link.kind} {link.key or link.url}" for link in made.links}
    return flat | {f"attachments.{attachment.id}": attachment.name for attachment in made.attachments}
