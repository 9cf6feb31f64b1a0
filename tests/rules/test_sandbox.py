"""Scripts that want out, or want everything: they fail as rules, and the next run is served as if nothing were."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from accord.errors import RuleFailed
from accord.rules import Limits, Sandbox, ScriptRules, ScriptSource

from .conftest import CONTEXT, ITEM, rules

ESCAPES = {
    "reads a file": "open('/etc/passwd').read()",
    "reads a file by path": "import pathlib; pathlib.Path('/etc/passwd').read_text()",
    "writes a file": "open('/tmp/accord-escape', 'w').write('x')",
    "lists a folder": "import os; os.listdir('/')",
    "reads the environment": "import os; os.environ['PATH']",
    "starts a process": "import subprocess",
    "runs a command": "import os; os.system('true')",
    "opens a socket": "import socket",
    "fetches a page": "import urllib.request",
    "reaches for C": "import ctypes",
    "imports the host": "import accord",
    "imports by name": "__import__('os').listdir('/')",
    "climbs to all classes": "().__class__.__mro__[1].__subclasses__()",
    "climbs by a function": "outgoing.__globals__['__builtins__']",
    "climbs by an error": "\n    try:\n        1 / 0\n    except Exception as e:\n        e.__traceback__.tb_frame",
    "evaluates its way out": "eval('__import__(\"socket\")')",
    "looks at the clock": "import datetime; datetime.datetime.now()",
    "looks at the time": "import time; time.time()",
    "draws a random number": "import random; random.random()",
    "waits": "import time; time.sleep(3600)",
}

EXCESSES = {
    "runs for ever": ("while True: pass", "ran longer than 0.2 s"),
    "asks for all memory": ("x = 'x' * 10 ** 10", "more than 32 MB"),
    "asks for it bit by bit": ("x = [0]\n    while True: x = x + x", "more than 32 MB"),
    "computes a huge number": ("x = 10 ** 10 ** 9", "more than 32 MB"),
    "calls itself for ever": ("outgoing(item, replica)", "RecursionError"),
    "matches for ever": ("import re; re.match('(a|a)*$', 'a' * 40 + 'b')", ""),
}


async def run(sandbox: Sandbox, line: str) -> None:
    source = ScriptSource.of(f"def outgoing(item, replica):\n    {line}\n", Path("acme.py"))
    await ScriptRules(rules(), sandbox.load(source)).outgoing(ITEM, CONTEXT)


@pytest.mark.parametrize("name", ESCAPES)
async def test_no_way_out(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(RuleFailed) as caught:
        await run(sandbox, ESCAPES[name])
    assert caught.value.file == "acme.py"
    assert caught.value.line
    assert not Path("/tmp/accord-escape").exists()
    await run(sandbox, "replica.summary = item.summary")


@pytest.mark.parametrize("name", EXCESSES)
async def test_no_more_than_its_share(sandbox: Sandbox, name: str) -> None:
    line, said = EXCESSES[name]
    started = time.monotonic()
    if said:
        with pytest.raises(RuleFailed, match=said) as caught:
            await run(sandbox, line)
        assert caught.value.line
    else:
        await run(sandbox, line)
    assert time.monotonic() - started < 5
    await run(sandbox, "replica.summary = item.summary")


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
