"""What a node reads of a connection's own settings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.config import load
from accord.model import Connection, Side
from accord.node.assembly import assembled

CONFIG = '[node]\nname = "blue"\n[trackers.mine]\nkind = "markdown"\nfolder = "items"\n[connections.partner]\n'
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("line", "told"), [("", False), ("tell_who = true\n", True)])
async def test_the_other_side_learns_who_changed_what_only_where_that_is_said(
    tmp_path: Path, line: str, told: bool
) -> None:
    (tmp_path / "items").mkdir()
    (tmp_path / "accord.toml").write_text(f'{CONFIG}tracker = "mine"\n{line}')
    connection = Connection(id="c", name="partner", tracker="mine", side=Side.INITIATOR, created_at=NOW)
    async with assembled(load(tmp_path / "accord.toml")) as node:
        assert node.ports.agreement(connection).tell_who is told
