"""Terms held against the configuration: what was agreed stays, and both sides must know a field by one name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from accord.config import load
from accord.model import Connection, ConnectionState, Policy, Side
from accord.node.assembly import assembled
from accord.operations.check import check
from accord.operations.terms import terms_in_words
from tests.operations.test_check import HEAD, folder

__all__ = ["folder"]

AGREED = Connection(
    id="c1",
    name="partner",
    tracker="files",
    side=Side.ACCEPTOR,
    state=ConnectionState.ACTIVE,
    policy=Policy.INITIATOR,
    policies={"status": Policy.ASK},
    peer_node="red",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


async def warned(folder: Path, text: str, agreed: Connection | None = None) -> list[tuple[str | None, str]]:
    (folder / "accord.toml").write_text(HEAD + text)
    config = load(folder / "accord.toml")
    async with assembled(config) as node:
        if agreed:
            await node.store.run(lambda tx: tx.put_connection(agreed))
        found = await check(config, node.ports)
    assert found.problems == ()
    return [(warning.field, warning.message) for warning in found.warnings]


async def test_a_file_that_says_nothing_of_policies_agrees_with_all(folder: Path) -> None:
    assert await warned(folder, '[connections.partner.map]\nstatus = "both"\n', AGREED) == []


async def test_what_the_file_says_otherwise_does_nothing(folder: Path) -> None:
    text = 'policy = "latest"\npolicies = { status = "merge", summary = "initiator" }\n'
    text += '[connections.partner.map]\nstatus = "both"\nsummary = "both"\n'
    assert await warned(folder, text, AGREED) == [
        ("connections.partner.policy", "The file says latest, and initiator was agreed with red."),
        ("connections.partner.policies.status", "For status the file says merge, and ask was agreed with red."),
    ]


async def test_a_policy_for_nothing_that_is_sent(folder: Path) -> None:
    text = 'policies = { "custom.urgency" = "ask" }\n[connections.partner.map]\nstatus = "both"\n'
    ((field, message),) = await warned(folder, text)
    assert (field, "custom.urgency: its policy decides nothing here" in message) == (
        'connections.partner.policies."custom.urgency"', True,
    )  # fmt: skip


async def test_a_field_that_goes_out_under_another_name_than_it_comes_in(folder: Path) -> None:
    text = """\
policies = { "custom.urgency" = "ask" }
[connections.partner.map]
"fields.severity" = [
  { direction = "send", as = "custom.urgency" },
  { direction = "receive", as = "custom.impact" },
]
"""
    ((_, message),) = await warned(folder, text)
    assert message.startswith("fields.severity goes out as custom.urgency and comes in as custom.impact")


async def test_what_is_no_text_is_not_merged(folder: Path) -> None:
    text = 'policies = { "fields.severity" = "merge" }\n[connections.partner.map]\n"fields.severity" = "both"\n'
    assert [message for _, message in await warned(folder, text)] == [
        "fields.severity is no text that could be merged: the later edit wins."
    ]


def test_terms_in_words_of_this_side() -> None:
    assert terms_in_words(AGREED) == {
        "*": "initiator: the other side (red) wins",
        "status": "ask: a person chooses, on either side",
    }
    ours = AGREED.model_copy(update={"side": Side.INITIATOR})
    assert terms_in_words(ours)["*"] == "initiator: this side wins"
