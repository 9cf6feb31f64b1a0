"""A tracker kind that asks for one of each: a path, a secret, an address, a number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from accord.config import Config, load


class Proxy(BaseModel):
    """A table in a table."""

    host: str = Field(pattern=r"^https?://[^@]+$")
    password: SecretStr | None = Field(default=None, alias="pass", min_length=4)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    folder: Path = Field(description="Where the items lie.")
    token: SecretStr | None = None
    page_size: int = Field(default=50, ge=1, description="Items asked for at once.")
    proxy: Proxy | None = None


class Notes:
    Settings = Settings


KINDS = {"notes": Notes, "roundup": Notes}

GOOD = """\
[node]
name = "blue"

[trackers.mine]
kind = "notes"
folder = "items"

[connections.acme]
tracker = "mine"

[connections.acme.map]
summary = "both"
"""

Load = Callable[..., Config]


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    """Writes a configuration and loads it, with an environment of its own."""

    def load_it(text: str, **environ: str) -> Config:
        path = tmp_path / "accord.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, kinds=KINDS, environ=environ)

    return load_it
