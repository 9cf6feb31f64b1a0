"""The workers that scripts run in: how they end, are replaced and shared."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from accord.errors import RuleFailed
from accord.rules import Limits, Sandbox, ScriptRules, ScriptSource
from accord.rules.engine import prelude

from .conftest import CONTEXT, ITEM, rules


async def run(sandbox: Sandbox, line: str) -> None:
    source = ScriptSource.of(f"def outgoing(item, replica):\n    {line}\n", Path("acme.py"))
    await ScriptRules(rules(), sandbox.load(source)).outgoing(ITEM, CONTEXT)


async def test_a_script_that_swallows_its_own_time_out_is_killed_and_the_next_one_served() -> None:
    sandbox = Sandbox(Limits(seconds=0.1), workers=1)
    try:
        with pytest.raises(RuleFailed):
            await run(sandbox, "\n    while True:\n        try:\n            while True: pass\n        except: pass")
        await run(sandbox, "replica.summary = item.summary")
    finally:
        sandbox.close()


async def test_a_worker_that_dies_is_replaced(sandbox: Sandbox) -> None:
    source = ScriptSource.of("def outgoing(item, replica):\n    replica.summary = 'x'\n", Path("acme.py"))
    script = ScriptRules(rules(), sandbox.load(source))
    with sandbox.session() as session:
        pid = session.worker_pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    outcomes = await asyncio.gather(*(script.outgoing(ITEM, CONTEXT) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(o, RuleFailed) or getattr(o, "summary", None) == "x" for o in outcomes)
    assert (await script.outgoing(ITEM, CONTEXT)).summary == "x"


async def test_many_runs_at_once_share_the_workers(sandbox: Sandbox) -> None:
    source = ScriptSource.of("def outgoing(item, replica):\n    replica.summary = item.key\n", Path("acme.py"))
    script = ScriptRules(rules(), sandbox.load(source))
    items = [ITEM.model_copy(update={"key": f"B-{n}"}) for n in range(40)]
    replicas = await asyncio.gather(*(script.outgoing(item, CONTEXT) for item in items))
    assert [replica.summary for replica in replicas] == [item.key for item in items]


async def test_a_closed_sandbox_starts_again_when_it_is_needed() -> None:
    sandbox = Sandbox(workers=1)
    await run(sandbox, "pass")
    sandbox.close()
    sandbox.close()
    await run(sandbox, "pass")
    sandbox.close()


def test_a_run_brings_only_what_its_script_can_come_to_need() -> None:
    def of(text: str) -> str:
        return prelude(ScriptSource.of(text, Path("acme.py")))

    small = of("def outgoing(item, replica):\n    replica.summary = item.summary\n")
    assert "def run_outgoing" in small
    assert not any(name in small for name in ("run_incoming", "def lookup", "class Context:"))
    helped = of("def incoming(replica, item, context):\n    item.status = lookup({}, replica.status)\n")
    assert all(name in helped for name in ("def run_incoming", "def lookup", "class Context:"))
    assert set(small.splitlines()) <= set(prelude().splitlines())
