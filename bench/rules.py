"""What rules cost: a run of the mapping table, of a table and a script, and of a script alone; a preview of many items.

    python bench/rules.py [--runs 2000] [--items 1000] [--json]

The rules of `forms/` are written twice: as a table (`partner.toml`) and as a script (`partner.py`). Both are checked to
make the same of the same items. A run takes an item or replica and gives a whole new one, checked. The plain function
is that script, called as ordinary Python on ordinary objects: no checks, no copies, no sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from preview import SCRIPT, measured

from accord.config import load
from accord.model import Item, Person, Replica, flatten
from accord.ports import RuleContext, Rules
from accord.rules import Sandbox
from accord.rules.prelude import lookup

FORMS = Path(__file__).parent / "forms"
HEAD = """\
[node]
name = "bench"
[trackers.mine]
kind = "markdown"
folder = "items"
[connections.partner]
tracker = "mine"
"""
ALICE = Person(username="alice", email="alice@ours.example", name="Alice")
TRIAGE = Person(username="triage", name="Triage")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTEXT = RuleContext("partner", NOW, first_sync=False, people=(ALICE, TRIAGE), remote_key="ACME-7")
TEXT = "Some forty words of a description, as people write them. " * 10
ITEM = Item(
    key="OPS-1",
    url="https://ours.example/OPS-1",
    type="bug",
    summary="[ACME-7] The door squeaks",
    description=TEXT,
    status="in progress",
    priority="high",
    assignee=ALICE,
    due=date(2026, 4, 1),
    labels=("internal-audit", "defect", "web"),
    fields={"severity": "major", "points": 3.0, "team": "Team Red"},
)
REPLICA = Replica(
    key="ACME-7",
    url="https://theirs.example/ACME-7",
    type="Defect",
    summary="The door is loud",
    description=TEXT,
    status="Done",
    resolution="Fixed",
    priority="P2",
    assignee=ALICE,
    due=date(2026, 4, 2),
    labels=("bug", "web", "loud"),
    custom={"severity": "S1", "points": 5.0, "component": "Storage"},
)
BATCHES = 5


@dataclass(frozen=True)
class Run:
    """One form of the rules in one direction: microseconds a run (the median of some batches), and how many times
    what the table takes, and the plain function."""

    form: str
    direction: str
    microseconds: float
    to_table: float
    to_plain: float


@dataclass(frozen=True)
class Size:
    """The same rules in one form."""

    form: str
    lines: int
    bytes: int


@dataclass(frozen=True)
class PreviewOfMany:
    """A preview of `items` under a draft that changes each of them."""

    form: str
    items: int
    seconds: float


@dataclass(frozen=True)
class Measured:
    runs: list[Run]
    sizes: list[Size]
    previews: list[PreviewOfMany]


def rules_of(folder: Path, sandbox: Sandbox, table: str, script: str | None, *, trusted: bool = False) -> Rules:
    """Rules as a node reads them from its files."""
    folder.mkdir()
    settings = 'script = "partner.py"\n' if script else ""
    settings += "trusted = true\n" if trusted else ""
    (folder / "partner.py").write_text(script or "")
    (folder / "accord.toml").write_text(HEAD + settings + table)
    return load(folder / "accord.toml").connections["partner"].rules(sandbox)


def plain_functions() -> dict[str, Callable[[], Any]]:
    """The script's rules as ordinary functions over ordinary objects."""
    names: dict[str, Any] = {"lookup": lookup}
    exec((FORMS / "partner.py").read_text(), names)  # noqa: S102
    item, theirs = (SimpleNamespace(**{n: getattr(one, n) for n in type(one).model_fields}) for one in (ITEM, REPLICA))
    people = {ALICE.email: ALICE, "triage": TRIAGE}
    context = SimpleNamespace(person=lambda who: people.get(getattr(who, "email", who)))
    item.fields = dict(ITEM.fields)

    def outgoing() -> Any:
        replica = SimpleNamespace(custom={})
        names["outgoing"](item, replica)
        return replica

    def incoming() -> Any:
        draft = copy.copy(item)
        draft.fields = dict(item.fields)
        names["incoming"](theirs, draft, context)
        return draft

    return {"outgoing": outgoing, "incoming": incoming}


async def microseconds(run: Callable[[], Awaitable[Any]], runs: int) -> float:
    await run()
    found = []
    for _ in range(BATCHES):
        begun = time.perf_counter()
        for _ in range(max(1, runs // BATCHES)):
            await run()
        found.append((time.perf_counter() - begun) / max(1, runs // BATCHES))
    return statistics.median(found) * 1e6


async def measure_runs(folder: Path, runs: int) -> list[Run]:
    table, whole = (FORMS / "partner.toml").read_text(), (FORMS / "partner.py").read_text()
    sandbox = Sandbox()
    try:
        forms = {
            "table": rules_of(folder / "table", sandbox, table, None),
            "table and script": rules_of(folder / "both", sandbox, table, SCRIPT),
            "table and script, trusted": rules_of(folder / "trusted", sandbox, table, SCRIPT, trusted=True),
            "script for all": rules_of(folder / "script", sandbox, "", whole),
        }
        await check_the_same(forms["table"], forms["script for all"])
        found = []
        for direction, plain in plain_functions().items():
            plain_time = await microseconds(lambda plain=plain: _called(plain), runs)  # type: ignore[misc]
            times = {"plain function": plain_time}
            for form, rules in forms.items():
                times[form] = await microseconds(lambda r=rules, d=direction: run_of(r, d), runs)  # type: ignore[misc]
            found += [
                Run(form, direction, round(t, 1), round(t / times["table"], 2), round(t / plain_time, 1))
                for form, t in times.items()
            ]
        return found
    finally:
        sandbox.close()


async def _called(plain: Callable[[], Any]) -> Any:
    return plain()


async def run_of(rules: Rules, direction: str) -> Item | Replica:
    if direction == "outgoing":
        return await rules.outgoing(ITEM, CONTEXT)
    return await rules.incoming(REPLICA, ITEM, CONTEXT)


async def check_the_same(table: Rules, script: Rules) -> None:
    """Two forms are compared only where they do the same."""
    assert (await table.outgoing(ITEM, CONTEXT)).dump() == (await script.outgoing(ITEM, CONTEXT)).dump()
    drafts = [flatten(await rules.incoming(REPLICA, ITEM, CONTEXT)) for rules in (table, script)]
    assert drafts[0] == drafts[1], {path for path in drafts[0] if drafts[0][path] != drafts[1].get(path)}


def sizes() -> list[Size]:
    files = {"table": FORMS / "partner.toml", "script for all": FORMS / "partner.py"}
    return [Size(form, len(f.read_text().splitlines()), f.stat().st_size) for form, f in files.items()]


async def measure_previews(folder: Path, items: int) -> list[PreviewOfMany]:
    forms = {"table": False, "table and script": True}
    return [
        PreviewOfMany(form, items, round(await measured(folder / str(n), items, script), 3))
        for n, (form, script) in enumerate(forms.items())
    ]


def show(found: Measured) -> None:
    print(f"{'a run of the rules':28}{'':10}{'µs':>9}  {'x table':>8}  {'x plain':>8}")
    for run in found.runs:
        print(f"{run.form:28}{run.direction:10}{run.microseconds:9.1f}  {run.to_table:8.2f}  {run.to_plain:8.1f}")
    print("\nthe same rules as")
    for size in found.sizes:
        print(f"{size.form:28}{size.lines:4} lines {size.bytes:6} bytes")
    print("\npreview")
    for one in found.previews:
        each = one.seconds / one.items * 1000
        print(f"{one.form:28}{one.items:5} items in {one.seconds:6.2f} s, {each:.1f} ms an item")


async def measure(runs: int, items: int) -> Measured:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return Measured(await measure_runs(folder, runs), sizes(), await measure_previews(folder, items))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="of each form, in each direction")
    parser.add_argument("--items", type=int, default=1000, help="to be previewed")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = asyncio.run(measure(chosen.runs, chosen.items))
    if chosen.json:
        json.dump(asdict(found), sys.stdout, indent=2)
        print()
    else:
        show(found)


if __name__ == "__main__":
    main()
