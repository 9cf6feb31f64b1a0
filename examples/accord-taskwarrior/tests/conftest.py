"""A real Taskwarrior: the one on the PATH, else Debian's package, unpacked aside."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Taskwarrior's program. Skips where there is none, and fails with ACCORD_REQUIRE_TASKWARRIOR set."""
    there = shutil.which("task") or unpacked(tmp_path_factory.mktemp("taskwarrior"))
    if there is None:
        missing = "There is no Taskwarrior here: apt-get install taskwarrior."
        if os.environ.get("ACCORD_REQUIRE_TASKWARRIOR"):
            pytest.fail(missing)
        pytest.skip(missing)
    return there


def unpacked(folder: Path) -> str | None:
    """From Debian, without installing it."""
    try:
        for step in (("apt-get", "download", "taskwarrior"), ("sh", "-c", "dpkg -x taskwarrior_*.deb .")):
            subprocess.run(step, cwd=folder, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return str(folder / "usr/bin/task")


class Anna:
    """Uses the program by hand; what it has no command for she does to the exported task."""

    def __init__(self, command: str, data: Path) -> None:
        self._command = (command, "rc.confirmation=no", "rc.verbose=nothing", "rc.uda.notes.type=string")
        self._environment = {**os.environ, "TASKRC": "/dev/null", "TASKDATA": str(data)}

    async def task(self, *arguments: str, given: str = "") -> str:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        said, complaint = await process.communicate(given.encode())
        assert process.returncode == 0, complaint
        return said.decode()

    async def export(self, key: str) -> dict[str, Any]:
        (task,) = json.loads(await self.task(key, "export"))
        return dict(task)

    async def replace(self, task: Mapping[str, Any]) -> None:
        await self.task("import", "-", given=json.dumps([task], ensure_ascii=False))

    async def create(self, summary: str) -> str:
        await self.task("add", "--", summary)
        (key,) = (await self.task("+LATEST", "uuids")).split()
        return key

    async def edit(self, key: str, path: str, value: object) -> None:
        if path == "summary":
            await self.task(key, "modify", "--", str(value))
        elif path == "description":
            await self.task(key, "modify", f"notes:{value}")
        else:
            await self.task(key, "modify", f"{path.removeprefix('fields.')}:{value}")

    async def delete(self, key: str) -> None:
        await self.task(key, "delete")

    async def comment(self, key: str, body: str) -> str:
        before = {note["entry"] for note in (await self.export(key)).get("annotations", ())}
        await self.task(key, "annotate", "--", body)
        (made,) = {note["entry"] for note in (await self.export(key))["annotations"]} - before
        return str(made)

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        task = await self.export(key)
        for note in task["annotations"]:
            if note["entry"] == comment_id:
                note["description"] = body
        await self.replace(task)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        task = await self.export(key)
        (text,) = (note["description"] for note in task["annotations"] if note["entry"] == comment_id)
        await self.task(key, "denotate", "--", text)

    async def attach(self, key: str, name: str, content: bytes) -> object:
        raise NotImplementedError("tasks have no files")
