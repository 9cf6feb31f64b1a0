"""Examples that the rules' tests share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from accord.model import Attachment, Comment, Item, Person
from accord.ports import RuleContext
from accord.rules import (
    Limits,
    MappingTable,
    PeopleTable,
    Sandbox,
    ScriptRules,
    ScriptSource,
    TableRules,
    TrustedScript,
)

ALICE = Person(username="alice", email="alice@blue.example", name="Alice Miller")
BOB = Person(username="bob", email="bob@blue.example", name="Bob")


async def same_key(key: str) -> str | None:
    """Both sides know all items by the same keys."""
    return key


CONTEXT = RuleContext("acme", datetime(2026, 1, 2, tzinfo=UTC), first_sync=False, people=(ALICE, BOB), twin_of=same_key)
ITEM = Item(
    key="B-1",
    url="https://blue.example/B-1",
    summary="The door squeaks",
    description="Every morning.",
    status="open",
    priority="high",
    labels=("shared", "blue:team"),
    assignee=ALICE,
    due=date(2026, 3, 1),
    comments=(
        Comment(id="1", body="Oil it.", author=BOB, created_at=datetime(2026, 1, 1, tzinfo=UTC)),
        Comment(id="2", body="Our oil is cheap.", author=ALICE, internal=True),
    ),
    attachments=(Attachment(id="9", name="door.png", size=2048, sha256="ab" * 32, media_type="image/png"),),
    fields={"severity": "2", "cost": 40},
)


def rules(people: dict[str, str] | None = None, **entries: Any) -> TableRules:
    """Rules of a table; `__` in a name stands for a dot."""
    table = {name.replace("__", "."): entry for name, entry in entries.items()}
    return TableRules(MappingTable.model_validate(table), PeopleTable.model_validate(people or {}))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Two workers, and little patience."""
    pool = Sandbox(Limits(seconds=0.2, megabytes=32, recursion=100), workers=2)
    yield pool
    pool.close()


@pytest.fixture(params=["sandboxed", "trusted"])
def scripted(request: pytest.FixtureRequest, sandbox: Sandbox) -> Any:
    """Rules of a table and a script, run in either way."""

    def make(text: str, table: TableRules | None = None) -> ScriptRules:
        source = ScriptSource.of(text, Path("acme.py"))
        script = sandbox.load(source) if request.param == "sandboxed" else TrustedScript(source)
        return ScriptRules(table or rules(), script, inline=True)

    return make
