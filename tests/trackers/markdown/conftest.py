from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.trackers.markdown import MarkdownSettings, MarkdownTracker
from tests.trackers.markdown.person import FolderPerson


def connect(folder: Path, **settings: object) -> MarkdownTracker:
    """The connector, in a hurry."""
    known = {"folder": folder, "prefix": "PAY", "settle": 0.01, "grace": 0.05}
    return MarkdownTracker("notes", MarkdownSettings.model_validate({**known, **settings}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "issues"
    folder.mkdir()
    return folder


@pytest.fixture
async def tracker(folder: Path) -> AsyncIterator[MarkdownTracker]:
    tracker = connect(folder)
    yield tracker
    await tracker.close()


@pytest.fixture
def person(folder: Path) -> FolderPerson:
    return FolderPerson(folder)
