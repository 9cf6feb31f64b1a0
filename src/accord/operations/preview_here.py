"""What rules would make here of what the other side last told: how rules that are new would take hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from accord.model import Connection, Item, Twin
from accord.operations.preview_request import Planned, planned_update
from accord.ports import Agreement, Ports, Received, RuleContext, Rules
from accord.steps.plan import Plan, Planner
from accord.steps.received import last_message

AgreementOf = Callable[[Connection], Agreement]


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
    context = replace(context, previous=received.replica)
    planner = Planner(connection, twin, ports.agreement(connection).rules, context, former)
    plan = await planner.plan(message, item)
    return plan, planned_update("update" if plan else "nothing", message, plan, item, None)
