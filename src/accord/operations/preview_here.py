"""What rules would make here of what the other side last told: how rules that are new would take hold."""

from __future__ import annotations

from collections.abc import Callable

from accord.model import Connection, Item, Kind, Message, Twin
from accord.operations.preview_request import Planned, planned_update
from accord.ports import Agreement, Ports, Received, RuleContext, Rules
from accord.steps.plan import Plan, Planner

AgreementOf = Callable[[Connection], Agreement]


def last_message(connection: Connection, twin: Twin, received: Received) -> Message:
    """What the other side last told, as if it told it once more, nothing in it being changed."""
    return Message(
        kind=Kind.SYNC,
        connection=connection.id,
        twin=twin.id,
        sequence=0,
        version=twin.peer_version,
        seen=0,
        replica=received.replica,
        key=twin.remote_key,
        told_at=received.at,
    )


def rules_of(agreement: AgreementOf, connection: Connection, number: int) -> Rules | None:
    """The rules of a version; None where it is not known which that was."""
    return agreement(connection.model_copy(update={"rules_version": number})).rules if number else None


async def planned_here(
    ports: Ports,
    connection: Connection,
    twin: Twin,
    received: Received,
    item: Item,
    context: RuleContext,
    former: Rules | None,
) -> tuple[Plan, Planned]:
    """What the rules of `ports` would write here, where `former` made of the same replica what is here now.

    What the other side's own rules would make of ours is its own business, and not known. Raises RuleFailed.
    """
    message = last_message(connection, twin, received)
    planner = Planner(connection, twin, ports.agreement(connection).rules, context, former)
    plan = await planner.plan(message, item)
    return plan, planned_update("update" if plan else "nothing", message, plan, item, None)
