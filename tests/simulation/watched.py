"""A transaction that counts what the engine does with it: the coverage of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from accord.ports import Receipt

DESCRIBED: dict[str, Callable[..., str]] = {
    "put_entry": lambda entry: f"stage: {entry.direction} {entry.stage}",
    "lane_retrying": lambda twin_id, direction, due, cause: f"retrying: {direction} {cause['error']}",
    "lane_blocked": lambda twin_id, direction, cause: f"blocked: {direction} {cause['error']}",
    "put_hold": lambda hold: f"hold: {hold.scope} {hold.cause.get('error')}",
    "lift_hold": lambda scope, name: f"hold lifted: {scope}",
    "revoke": lambda twin_id: "lease revoked",
    "record": lambda entry: f"history: {entry.step}",
    "add_composed": lambda *_: "event composed from an acknowledgment",
    "release_all": lambda: "leases freed at a start",
}


class Watched:
    """Passes everything on to the real transaction."""

    def __init__(self, transaction: Any, coverage: Counter[str]) -> None:
        self._transaction, self._coverage = transaction, coverage

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._transaction, name)
        if name == "register_request":
            return self._answered(method)
        described = DESCRIBED.get(name)
        if described is None:
            return method

        def counted(*args: Any, **named: Any) -> Any:
            self._coverage[described(*args, **named)] += 1
            return method(*args, **named)

        return counted

    def _answered(self, method: Callable[..., Receipt]) -> Callable[..., Receipt]:
        def counted(*args: Any) -> Receipt:
            receipt = method(*args)
            self._coverage[f"request: {receipt.status}"] += 1
            return receipt

        return counted
