"""What a Markdown folder needs to be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class MarkdownSettings(BaseModel):
    """One folder. New items are numbered `<prefix>-<n>`, with `prefix` in capitals.

    `url`: the web address under which the folder can be browsed, if any; an item's is that and its file's path.
    `settle`: for how long, in seconds, a file that a person writes must be left alone before it is read. `grace`: for
    how long an item's file must be missing before the item counts as deleted: editors that save by rename, and git,
    make files vanish for a moment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    prefix: str = Field(default="ITEM", pattern=r"^[A-Z][A-Z0-9_]{0,30}$")
    url: str | None = Field(default=None, pattern=r"^https?://[^\s?#@]+$")
    settle: float = Field(default=0.2, ge=0.0, le=5.0)
    grace: float = Field(default=2.0, ge=0.0, le=60.0)
