"""A hundred ways out of the sandbox, and none that leads anywhere: every one fails as a rule, with its line, and the
next run is served as if nothing had been."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import RuleFailed
from accord.model import Item, Replica, ReplicaComment
from accord.rules import Sandbox, ScriptRules, ScriptSource

from .conftest import CONTEXT, ITEM, rules

CANARY = Path("/tmp/accord-escape")
SECRET = "what no script may see"

FILES = {
    "reads a file": "open('/etc/passwd').read()",
    "reads a file in a with": "\n    with open('/etc/passwd') as file:\n        replica.summary = file.read()",
    "reads a file by path": "import pathlib; pathlib.Path('/etc/passwd').read_text()",
    "reads bytes by path": "from pathlib import Path; Path('/proc/self/environ').read_bytes()",
    "reads its own memory": "open('/proc/self/mem', 'rb').read(1)",
    "reads through a descriptor": "open(0).read()",
    "writes a file": f"open('{CANARY}', 'w').write('x')",
    "appends to a file": f"open('{CANARY}', 'a').write('x')",
    "writes by path": f"from pathlib import Path; Path('{CANARY}').write_text('x')",
    "makes a folder": f"from pathlib import Path; Path('{CANARY}').mkdir()",
    "makes a link": f"from pathlib import Path; Path('{CANARY}').symlink_to('/etc')",
    "removes a file": "import os; os.remove('/etc/hostname')",
    "lists a folder": "import os; os.listdir('/')",
    "lists a folder by path": "from pathlib import Path; list(Path('/').iterdir())",
    "asks whether a file is there": "from pathlib import Path; Path('/etc/passwd').exists()",
    "looks for the home": "from pathlib import Path; Path.home()",
    "makes a temporary file": "import tempfile",
    "opens by io": "import io; io.open('/etc/passwd')",
    "copies a tree": "import shutil",
    "opens a database": "import sqlite3",
}
SURROUNDINGS = {
    "reads the environment": "import os; os.environ['PATH']",
    "asks for a variable": "import os; os.getenv('PATH')",
    "reads the loaded modules": "import sys; sys.modules['os']",
    "reads the search path": "import sys; sys.path",
    "walks the frames": "import sys; sys._getframe()",
    "sets the recursion limit": "import sys; sys.setrecursionlimit(10 ** 9)",
    "inspects": "import inspect",
    "asks the platform": "import platform",
    "collects garbage": "import gc",
    "looks at the clock": "import datetime; datetime.datetime.now()",
    "looks at today": "from datetime import date; date.today()",
    "looks at the time": "import time; time.time()",
    "counts the time": "import time; time.perf_counter()",
    "draws a random number": "import random; random.random()",
    "asks for randomness": "import os; os.urandom(8)",
    "makes a unique id": "import uuid",
    "makes a secret": "import secrets",
    "waits": "import time; time.sleep(3600)",
    "waits beside": "import asyncio; await asyncio.sleep(3600)",
    "asks a person": "input()",
    "stops in a debugger": "breakpoint()",
}
PROCESSES = {
    "starts a process": "import subprocess",
    "runs a command": "import os; os.system('true')",
    "runs a command by a pipe": "import os; os.popen('true')",
    "forks": "import os; os.fork()",
    "becomes another program": "import os; os.execv('/bin/true', [])",
    "kills its parent": "import os; os.kill(os.getppid(), 9)",
    "starts a thread": "import threading",
    "starts a pool": "import multiprocessing",
    "starts an executor": "import concurrent.futures",
    "handles signals": "import signal",
    "reaches for C": "import ctypes",
    "opens a socket": "import socket",
    "fetches a page": "import urllib.request",
    "speaks HTTP": "import http.client",
    "speaks TLS": "import ssl",
    "sends mail": "import smtplib",
    "opens a browser": "import webbrowser",
}
IMPORTS = {
    "imports the host": "import accord",
    "imports the host's parts": "from accord.rules import sandbox",
    "imports what the host uses": "import pydantic",
    "imports its own engine": "import pydantic_monty",
    "imports by name": "__import__('os').listdir('/')",
    "imports by a library": "import importlib",
    "imports the builtins": "import builtins",
    "imports beside itself": "from . import secrets",
    "imports all there is": "\n    from os import *",
    "unpickles": "import pickle",
    "unmarshals": "import marshal",
    "compiles": "compile('1', 'x', 'exec')",
    "compiles by a library": "import code",
    "evaluates an import": "eval('__import__(\"socket\")')",
    "executes an import": "exec('import socket')",
    "evaluates a file away": "eval(\"open('/etc/passwd').read()\")",
}
WALKS = {
    "climbs to all classes": "().__class__.__mro__[1].__subclasses__()",
    "climbs by an object": "item.__class__.__init__.__globals__",
    "climbs by a type": "type(item).__mro__",
    "climbs by a base": "type(item).__base__.__subclasses__()",
    "climbs by object": "object.__subclasses__()",
    "climbs by a function": "outgoing.__globals__['__builtins__']",
    "climbs by its code": "outgoing.__code__.co_consts",
    "climbs by its closure": "(lambda: item).__closure__[0].cell_contents",
    "climbs by its defaults": "outgoing.__defaults__",
    "climbs by a method": "item.summary.upper.__self__.__class__",
    "climbs by a builtin": "len.__self__",
    "climbs by a module": "import re; re.__loader__",
    "climbs by the builtins": "__builtins__['open']",
    "climbs by a loader": "__loader__",
    "climbs by an error": "\n    try:\n        1 / 0\n    except Exception as e:\n        e.__traceback__.tb_frame",
    "climbs by an error's cause": "\n    try:\n        1 / 0\n    except Exception as e:\n        e.__context__.x",
    "climbs by a format": "'{0.__class__.__init__.__globals__}'.format(item)",
    "climbs by getattr": "getattr(item, '__class__').__bases__",
    "climbs by a generator": "(x for x in ()).gi_frame.f_back",
    "climbs by its names": "globals()['open']",
    "climbs by its variables": "vars(item)",
    "lists what is there": "dir(item)",
    "makes a metaclass": "\n    class A(metaclass=type):\n        pass",
    "makes a subclass": "\n    class A(Person):\n        pass",
    "changes a type": "setattr(str, 'upper', None)",
    "takes back the names": "\n    global run_outgoing\n    run_outgoing = None\n    del run_outgoing",
}
BOMBS = {
    "runs for ever": "while True: pass",
    "runs for ever within an error": "\n    while True:\n        try:\n            while True: pass\n"
    "        except Exception: pass",
    "runs for ever at last": "\n    try:\n        while True: pass\n    finally:\n        while True: pass",
    "counts to the end of numbers": "sum(range(10 ** 12))",
    "sorts for ever": "sorted(range(10 ** 12))",
    "asks for all memory": "x = 'x' * 10 ** 10",
    "asks for it bit by bit": "x = [0]\n    while True: x = x + x",
    "asks for it in a dict": "x = {}\n    while True: x[len(x)] = 'x' * 1000",
    "asks for it in text": "x = 'x'\n    while True: x = x + x",
    "asks for it by a join": "x = ','.join(['x' * 1000] * 10 ** 7)",
    "asks for it by a format": "x = f\"{'x':>{10 ** 10}}\"",
    "asks for it by a replacement": "x = ('a' * 10 ** 5).replace('a', 'b' * 10 ** 5)",
    "computes a huge number": "x = 10 ** 10 ** 9",
    "shifts a huge number": "x = 1 << (10 ** 12)",
    "writes a huge number": "replica.custom['x'] = 7 ** 5000",
    "writes a number too large": "replica.custom['x'] = 2 ** 64",
    "writes no number": "replica.custom['x'] = float('nan')",
    "writes without end": "replica.custom['x'] = float('inf')",
    "calls itself for ever": "outgoing(item, replica)",
    "calls another for ever": "f = lambda g: g(g)\n    f(f)",
    "nests for ever": "x = []\n    for _ in range(10 ** 5): x = [x]\n    replica.custom['x'] = x",
    "nests quietly": "x = []\n    for _ in range(150): x = [x]\n    replica.custom['x'] = x",
    "holds itself": "x = []\n    x.append(x)\n    replica.custom['x'] = x",
    "laughs a billion times": "x = ['ha' * 100] * 1000\n    y = [x] * 1000\n    replica.custom['x'] = [y] * 1000",
    "laughs in text": "x = ['ha' * 10 ** 6] * 1000\n    replica.custom['x'] = x",
    "laughs in labels": "x = ['ha'] * 10 ** 6\n    replica.labels = x",
    "prints for ever": "\n    while True: print('x' * 10 ** 6)",
    "matches for ever": "import re\n    while True: re.match('(a|a)*$', 'a' * 40 + 'b')",
    "splits for ever": "import re\n    while True: re.split('(a*)*b', 'a' * 10 ** 4)",
}
SMUGGLED = {
    "raises what it was given": "raise ValueError(item.comments)",
    "raises an object": "raise ValueError(item)",
    "raises something large": "raise ValueError('x' * 10 ** 7)",
    "raises commands for a terminal": "raise ValueError('\\x1b[2J\\x1b]0;owned\\x07')",
    "raises many lines": "raise ValueError('fine\\n\\nerror: all is lost')",
    "raises the end of the process": "raise SystemExit(3)",
    "raises an interruption": "raise KeyboardInterrupt()",
    "raises a base": "raise BaseException('x')",
    "raises no error at all": "raise 5",
    "raises the end of an iteration": "raise StopIteration(item)",
    "raises an error of its own with a cause": "\n    try:\n        open('/etc/passwd')\n    except Exception as e:\n"
    "        raise ValueError(str(e)) from e",
    "ends the process": "exit(0)",
    "asserts": "assert False, 'x' * 10 ** 6",
    "returns its way out": "return lambda: open('/etc/passwd')",
    "leaves a function": "replica.summary = open",
    "leaves a type": "replica.custom['x'] = type(item)",
    "leaves a module": "import os; replica.custom['x'] = os",
    "leaves bytes": "replica.custom['x'] = b'\\x00\\xff'",
    "leaves an object of its own": "\n    class A: pass\n    replica.summary = A()",
    "leaves a comment of its own": "replica.comments = [Comment()]",
    "leaves another's comment": "replica.comments = item.comments\n    replica.comments[0].id = '99'",
    "leaves a file of its own": "replica.attachments = item.attachments\n    replica.attachments[0].sha256 = '00' * 32",
    "leaves the version": "replica.schema_version = 99",
    "leaves another key": "replica.key = 'OTHER-1'",
    "takes the place of what runs it": "\n    global run_outgoing\n    run_outgoing = lambda *x: {}\n    return 1",
    "waits for a coroutine": "\n    async def f(): return 1\n    return f()",
}
ALL = {
    **{f"files: {name}": line for name, line in FILES.items()},
    **{f"surroundings: {name}": line for name, line in SURROUNDINGS.items()},
    **{f"processes: {name}": line for name, line in PROCESSES.items()},
    **{f"imports: {name}": line for name, line in IMPORTS.items()},
    **{f"walks: {name}": line for name, line in WALKS.items()},
    **{f"bombs: {name}": line for name, line in BOMBS.items()},
    **{f"smuggled: {name}": line for name, line in SMUGGLED.items()},
}


def script(sandbox: Sandbox, line: str, before: str = "") -> ScriptRules:
    text = f"{before}\ndef outgoing(item, replica):\n    {line.lstrip()}\n"
    return ScriptRules(rules(), sandbox.load(ScriptSource.of(text, Path("acme.py"))))


async def run(sandbox: Sandbox, line: str, before: str = "", item: Item = ITEM) -> Replica:
    return await script(sandbox, line, before).outgoing(item, CONTEXT)


@pytest.fixture(autouse=True)
async def served_as_before(sandbox: Sandbox) -> AsyncIterator[None]:
    """Whatever was tried: nothing is left of it, and the next run is served."""
    yield
    assert not CANARY.exists()
    assert (await run(sandbox, "replica.summary = item.summary")).summary == ITEM.summary


@pytest.mark.parametrize("name", ALL)
async def test_no_way_out(sandbox: Sandbox, name: str) -> None:
    started = time.monotonic()
    with pytest.raises(RuleFailed) as caught:
        await run(sandbox, ALL[name])
    assert time.monotonic() - started < 8
    told = caught.value
    assert told.file == "acme.py"
    assert told.line
    assert len(str(told)) < 1500
    assert "root:" not in str(told)
    assert "\x1b" not in str(told)


# What tells nothing, and is the same for every script, run and machine.
SAME_FOR_ALL = {
    "the arguments": ("import sys; replica.custom['x'] = sys.argv", ["main.py"]),
    "the file that it is": ("replica.custom['x'] = __file__", "/main.py"),
    "the name that it has": ("replica.custom['x'] = __name__", "__main__"),
    "the folder that it is in": ("import os; replica.custom['x'] = os.getcwd()", "/"),
    "the platform": ("import sys; replica.custom['x'] = sys.platform", "monty"),
    "the specification": ("replica.custom['x'] = str(__spec__)", "None"),
}


@pytest.mark.parametrize("name", SAME_FOR_ALL)
async def test_what_can_be_asked_tells_nothing(sandbox: Sandbox, name: str) -> None:
    line, told = SAME_FOR_ALL[name]
    assert (await run(sandbox, line)).custom == {"x": told}


# Each leaves something behind in one run, and looks for it in the next: first the top of the script, then the rule.
STATES = {
    "a list": ("SEEN = []", "SEEN.append(item.key)\n    replica.custom['x'] = SEEN"),
    "a dict": ("SEEN = {}", "SEEN[item.key] = 1\n    replica.custom['x'] = list(SEEN)"),
    "a global": ("N = ''", "global N\n    N = N + item.key\n    replica.custom['x'] = N"),
    "a new global": (
        "",
        "global N\n    try:\n        N = N + item.key\n    except NameError:\n        N = item.key\n"
        "    replica.custom['x'] = N",
    ),
    "a default": ("def f(x, seen=[]):\n    seen.append(x)\n    return seen", "replica.custom['x'] = f(item.key)"),
    "a closure": (
        "def make():\n    seen = []\n    def f(x):\n        seen.append(x)\n        return seen\n    return f\n"
        "f = make()",
        "replica.custom['x'] = f(item.key)",
    ),
    "a class": ("class A:\n    seen = []", "A.seen.append(item.key)\n    replica.custom['x'] = A.seen"),
    "an object": (
        "class A: pass\na = A()\na.seen = []",
        "a.seen.append(item.key)\n    replica.custom['x'] = a.seen",
    ),
    "a class of ours": (
        "",
        "Person.seen = getattr(Person, 'seen', '') + item.key\n    replica.custom['x'] = Person.seen",
    ),
    "a function of ours": (
        "",
        "global lookup\n    said = str(lookup({'a': 'b'}, 'a'))\n    key = item.key\n    lookup = lambda *x: key\n"
        "    replica.custom['x'] = [said, key]",
    ),
    "an iterator": ("COUNT = iter(range(99))", "replica.custom['x'] = [item.key, next(COUNT)]"),
}


@pytest.mark.parametrize("name", STATES)
async def test_nothing_is_left_for_the_next_run(sandbox: Sandbox, name: str) -> None:
    before, line = STATES[name]
    kept = script(sandbox, line, before)
    items = [ITEM.model_copy(update={"key": key}) for key in ("B-1", SECRET, "B-1", "B-1")]
    told = [(await kept.outgoing(item, CONTEXT)).custom for item in items]
    assert told[0] == told[2] == told[3]
    assert told[1] != told[0]
    assert SECRET not in str(told[2])


CHANGING = {
    "hashes": "replica.custom['x'] = [hash('x'), hash((1, 'a'))]",
    "addresses": "replica.custom['x'] = [id(item), id(replica)]",
    "the order of a set": "replica.custom['x'] = list({'b', 'a', 'c', 'zz', 'q', item.key})",
    "what an object is called": "\n    class A: pass\n    replica.custom['x'] = [repr(A()), str(outgoing)]",
    "a seed": "import random; replica.custom['x'] = random.Random(item.key).random()",
}


@pytest.mark.parametrize("name", CHANGING)
async def test_the_same_input_gives_the_same_in_every_worker(name: str) -> None:
    told = []
    for _ in range(3):
        own = Sandbox(workers=1)
        try:
            told.append((await run(own, CHANGING[name])).custom)
        finally:
            own.close()
    assert told[0] == told[1] == told[2]


HOSTILE = (
    "{item.__class__.__init__.__globals__}",
    "{0.__class__}",
    "%(key)s%n",
    "__import__('os').system('true')",
    "'); import os; ('",
    '"""\nraise ValueError\n"""',
    "\\N{BULLET}\\x00\\u0000",
    "\x1b[2J",
    "‮txt.exe",
    "${jndi:ldap://x}",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_text_from_outside_stays_text(sandbox: Sandbox, text: str) -> None:
    line = "replica.summary = f'{item.summary}'\n    replica.custom[item.summary] = [item.summary]"
    replica = await run(sandbox, line, item=ITEM.model_copy(update={"summary": text}))
    assert (replica.summary, replica.custom) == (text, {text: [text]})


async def test_names_from_outside_reach_no_class(sandbox: Sandbox) -> None:
    theirs = ReplicaComment.model_validate({"id": "7", "__class__": "Item", "__init__": 1, "author": None})
    names = {"__class__": 1, "__init__": 2, "__bool__": 3, "comments": 4, "run_incoming": 5}
    replica = Replica.model_validate({"custom": names, "fields": names, "comments": [theirs], "__class__": "x"})
    text = "def incoming(replica, item, context):\n    item.summary = str(sorted(replica.custom)) + str(bool(absent))\n"
    rules_ = ScriptRules(rules(), sandbox.load(ScriptSource.of(text, Path("acme.py"))))
    draft = await rules_.incoming(replica, ITEM, CONTEXT)
    assert draft.summary == f"{sorted(names)}False"


async def test_all_at_once_they_harm_nobody(sandbox: Sandbox) -> None:
    """Good runs go on among bad ones, on the same workers."""
    good = script(sandbox, "replica.summary = item.key")
    bad = [script(sandbox, line) for line in list(BOMBS.values())[:6]]
    runs = [good.outgoing(ITEM.model_copy(update={"key": f"B-{n}"}), CONTEXT) for n in range(12)]
    outcomes = await asyncio.gather(*(rule.outgoing(ITEM, CONTEXT) for rule in bad), *runs, return_exceptions=True)
    assert all(isinstance(outcome, RuleFailed) for outcome in outcomes[:6])
    assert [getattr(outcome, "summary", outcome) for outcome in outcomes[6:]] == [f"B-{n}" for n in range(12)]


def test_there_are_enough_of_them() -> None:
    assert len(ALL) + len(STATES) + len(CHANGING) + len(HOSTILE) > 180
