"""Queries in RT's own language, TicketSQL: `Queue = 'Support' AND 'CF.{Severity}' = 'High'`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from accord.errors import WriteRefused
from accord.trackers.rt.names import NameBook, nearest
from accord.trackers.rt.rest import quoted

CUSTOM = re.compile(r"\b(?:CF|CustomField)(?:\.(?P<queue>[^{}'\"\s]+))?\.\{(?P<name>[^}]*)\}", re.IGNORECASE)
QUEUE = re.compile(r"\bQueue\s*!?=\s*(['\"])(?P<name>.*?)\1", re.IGNORECASE)


async def check_query(query: str, book: NameBook) -> None:
    """Raises WriteRefused for names that RT does not know: it passes over them, and finds nothing."""
    for found in CUSTOM.finditer(query):
        name = found["name"].partition("}")[0]
        fields = {field.name for field in (await book.fields()).values()} | set(await book.fields())
        if name not in fields:
            raise WriteRefused(
                f"Tickets have no custom field {name!r}.",
                field="query",
                value=name,
                remedy=nearest(name, (one for one in fields if not one.isdigit())),
            )
    for found in QUEUE.finditer(query):
        if not found["name"].isdigit():
            await book.queue(found["name"], "query")


def among(keys: Iterable[object]) -> str:
    """The condition that a ticket is one of these."""
    return "(" + " OR ".join(f"id = {key}" for key in keys) + ")"


def scope_of_tickets(queues: Iterable[str]) -> str:
    return _one_of("Queue", queues) or "id > 0"


def scope_of_transactions(queues: Iterable[str]) -> str:
    scope = _one_of("TicketQueue", queues)
    return "ObjectType = 'RT::Ticket'" + (f" AND {scope}" if scope else "")


def _one_of(field: str, names: Iterable[str]) -> str:
    conditions = " OR ".join(f"{field} = {quoted(name)}" for name in names)
    return f"({conditions})" if conditions else ""
