"""The story that the demo tells, scene by scene."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from accord.demo.agreement import agree, shape, until
from accord.demo.people import Seen
from accord.demo.world import OPERATIONS, PAYMENTS, Node
from accord.errors import AccordError

SCREENSHOT = bytes(range(256)) * 64
CRASH_ITEMS = 8


class Story:
    """Two nodes, and people who work in their folders."""

    def __init__(self, root: Path, console: Console) -> None:
        self.console = console
        self.blue, self.red = Node(PAYMENTS, OPERATIONS, root), Node(OPERATIONS, PAYMENTS, root)
        self._scene = 0

    async def tell(self) -> None:
        """All scenes in order. Raises an AccordError where the two sides don't come to agree."""
        scenes: list[Callable[[], Awaitable[None]]] = [
            self._start,
            self._create,
            self._work_there,
            self._talk,
            self._attach,
            self._both_at_once,
            self._crash,
            self._compare,
        ]
        for scene in scenes:
            await scene()

    async def stop(self) -> None:
        """Ends both processes."""
        await asyncio.gather(self.blue.stop(), self.red.stop())

    def _title(self, text: str) -> None:
        self._scene += 1
        self.console.print(f"\n[bold]{self._scene}. {text}[/bold]")

    def _say(self, who: str, text: str) -> None:
        colour = {"payments": "blue", "operations": "red"}.get(who, "white")
        self.console.print(f"   [{colour}]{who:<11}[/{colour}] {text}", highlight=False)

    async def _settled(self, what: str) -> None:
        seconds = await until(what, lambda: agree(self.blue, self.red))
        self._say("accord", f"both sides agree after {seconds:.1f} s")

    async def _start(self) -> None:
        self._title("Two teams, two trackers, two nodes that know nothing of each other")
        await asyncio.gather(self.blue.start(), self.red.start())
        for node in (self.blue, self.red):
            team = node.team
            words = f"{', '.join(team.statuses)}; {', '.join(team.priorities)}; {' and '.join(team.people)}"
            self._say(team.node, f"process {node.pid}, items in {node.items.path.name}/ ({words})")
        code = (await self.blue.ask("invite", PAYMENTS.connection))["code"]
        self._say("payments", f"accord invite {PAYMENTS.connection}  ->  {code[:32]}...")
        await self.red.accord("accept", code, OPERATIONS.connection)
        self._say("operations", f"accord accept {code[:12]}... {OPERATIONS.connection}  ->  keys exchanged and pinned")

    async def _create(self) -> None:
        self._title("Anna writes a file; Operations gets an item")
        text = "Since the release **no card** is accepted.\n\n- Visa\n- Mastercard"
        self.blue.items.create(
            "PAY-1",
            text,
            summary="Card payments fail",
            status="To do",
            priority="Urgent",
            assignee="anna",
            labels=["checkout"],
        )
        self._say("payments", "anna saves PAY-1.md")
        await self._settled("the item arrives")
        self._show("Card payments fail")

    async def _work_there(self) -> None:
        self._title("Operations works on it, in its own words")
        key = self._red_key("Card payments fail")
        self.red.items.edit(key, status="In progress", assignee="dan", labels=["checkout", "incident"])
        self._say("operations", f"carla edits {key}.md: status In progress, assignee dan, label incident")
        await self._settled("the edit comes back")
        self._show("Card payments fail")

    async def _talk(self) -> None:
        self._title("Both comment at the same time")
        key = self._red_key("Card payments fail")
        self.blue.items.comment("PAY-1", "anna", "Started at 09:12, right after the deployment.")
        self.red.items.comment(key, "dan", "The certificate of the gateway expired. Renewing it.")
        self._say("payments", "anna: Started at 09:12, right after the deployment.")
        self._say("operations", "dan:  The certificate of the gateway expired. Renewing it.")
        await self._settled("both comments on both sides")
        for comment in self.blue.items.see("PAY-1").comments:
            self._say("payments", f"PAY-1/comments: {comment.replace(chr(10) * 2, ' ')}")

    async def _attach(self) -> None:
        self._title("A file travels by its hash")
        self.blue.items.attach("PAY-1", "gateway-log.bin", SCREENSHOT)
        self._say("payments", f"anna puts gateway-log.bin ({len(SCREENSHOT)} bytes) into PAY-1/files/")
        await self._settled("the file arrives")
        for name in self.red.items.see(self._red_key("Card payments fail")).files:
            self._say("operations", f"files: {name}... (SHA-256 is the same)")

    async def _both_at_once(self) -> None:
        self._title("Two people change the same line at the same moment")
        key = self._red_key("Card payments fail")
        self.blue.items.edit("PAY-1", summary="Card payments fail since 09:12")
        self.red.items.edit(key, summary="Gateway certificate expired")
        self._say("payments", "anna: summary: Card payments fail since 09:12")
        self._say("operations", "dan:  summary: Gateway certificate expired")
        await self._settled("one summary wins on both sides")
        self._say("accord", f"both now say: {self.blue.items.see('PAY-1').summary}")
        for node in (self.blue, self.red):
            for conflict in await self._conflicts(node):
                self._say(node.team.node, f"accord history: kept {conflict['kept']!r}, lost {conflict['lost']!r}")

    async def _conflicts(self, node: Node) -> list[dict[str, Any]]:
        history = await node.ask("history")
        return [entry["details"] for entry in history if entry["step"] == "conflict"]

    async def _crash(self) -> None:
        self._title(f"kill -9 in the middle of {CRASH_ITEMS} new items")
        arrived = len(self.red.items.item_keys())
        for number in range(2, CRASH_ITEMS + 2):
            self.blue.items.create(f"PAY-{number}", f"Case {number}.", summary=f"Refund {number}", status="To do")
        self._say("payments", f"ben saves PAY-2.md to PAY-{CRASH_ITEMS + 1}.md")
        await until("the first of them arrives", lambda: len(self.red.items.item_keys()) > arrived)
        pid = await self.red.kill()
        there = len(self.red.items.item_keys()) - arrived
        self._say("operations", f"process {pid} is killed with {there} of {CRASH_ITEMS} created")
        self.blue.items.edit("PAY-2", summary="Refund 2, urgent", priority="Urgent")
        self._say("payments", "ben goes on working: PAY-2 becomes urgent while the other node is away")
        await self.red.start()
        self._say("operations", f"process {self.red.pid} starts on the same data")
        await self._settled("everything arrives, once")

    async def _compare(self) -> None:
        self._title("Compared from outside, file by file")
        blue, red = shape(self.blue), shape(self.red)
        table = Table("", "items", "comments", "files", box=None, padding=(0, 2))
        for node in (self.blue, self.red):
            seen = [node.items.see(key) for key in node.items.item_keys()]
            comments, files = sum(len(i.comments) for i in seen), sum(len(i.files) for i in seen)
            table.add_row(f"   {node.team.node}", str(len(seen)), str(comments), str(files))
        self.console.print(table)
        if len(blue) != CRASH_ITEMS + 1 or len(red) != CRASH_ITEMS + 1 or not agree(self.blue, self.red):
            raise AccordError("The two sides do not agree.", remedy="This is a bug of Accord: please report it.")
        self.console.print("\n[bold green]Both sides agree: nothing lost, nothing twice.[/bold green]")

    def _red_key(self, summary: str) -> str:
        return self.red.items.find(summary) or ""

    def _show(self, summary: str) -> None:
        table = Table(box=None, padding=(0, 2))
        sides: list[Seen] = []
        for node, colour in ((self.blue, "blue"), (self.red, "red")):
            sides.append(node.items.see(node.items.find(summary) or ""))
            table.add_column(f"{'' if len(sides) > 1 else '   '}{sides[-1].key}", style=colour)
        for name in ("summary", "status", "priority", "assignee", "labels"):
            values = [getattr(side, name) for side in sides]
            cells = [", ".join(value) if isinstance(value, tuple) else value for value in values]
            table.add_row(f"   {name}: {cells[0]}", f"{name}: {cells[1]}")
        self.console.print(table)


async def run_demo(folder: Path | None, *, keep: bool, console: Console) -> int:
    """Runs the demo; 0 if both sides agree at the end. `keep` leaves both nodes running until Ctrl-C.

    `folder` must not exist yet; without one a temporary folder is used, and removed unless kept.
    """
    root = _root(folder)
    story = Story(root, console)
    try:
        await story.tell()
        if keep:
            await _play(story, root)
    except AccordError as error:
        console.print(f"\n[bold red]{error}[/bold red]\nEverything is left in {root}.")
        keep = True
        return 1
    finally:
        await story.stop()
        if folder is None and not keep:
            shutil.rmtree(root, ignore_errors=True)
    return 0


def _root(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="accord-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise AccordError(f"{folder} is not empty.", remedy="Choose another --folder, or remove it.")
    return folder


async def _play(story: Story, root: Path) -> None:
    console = story.console
    console.print(f"\nBoth nodes go on. Edit the files below {root}, and watch the other side:")
    for node in (story.blue, story.red):
        console.print(f"  {node.items.path}   (accord -c {node.config} status)", soft_wrap=True)
    console.print("Ctrl-C ends both.")
    await asyncio.Event().wait()
