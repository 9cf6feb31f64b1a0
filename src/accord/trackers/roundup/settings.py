"""What a Roundup tracker needs to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class RoundupSettings(BaseModel):
    """One tracker. `url` is its web address as Roundup itself has it (`[tracker] web`), times are in seconds.

    `marker_property`: a String property of the item class that nobody else writes to, where sync marks what it
    created; by default `externalid` where there is one. Without one the mark is on the first message. `overlap`: how
    long a change may take from its time stamp to its commit. `sweep`: how often deleted items are looked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    user: str = Field(min_length=1, pattern=r"^[^:]+$")
    password: SecretStr
    item_class: Name = Field(default="issue", alias="class")
    marker_property: Name | None = None
    labels_property: Name = "keyword"
    due_property: Name = "duedate"
    create_labels: bool = True
    overlap: float = Field(default=30.0, ge=1.0)
    sweep: float = Field(default=60.0, ge=0.0)
    concurrency: int = Field(default=4, ge=1, le=32)
