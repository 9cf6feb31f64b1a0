"""What a Redmine tracker needs to be told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]

TextFormatting = Literal["textile", "markdown", "common_mark", "none"]


class RedmineSettings(BaseModel):
    """One tracker. `url` is its web address, times are in seconds.

    `projects`: identifiers of the projects whose issues are seen; empty: all that the account sees. New items go into
    `default_project`, or else the first of them, unless `fields.project` says where. `marker_field`: a custom field
    (text, used as a filter) that nobody else writes to, where sync marks what it created; without one the mark is the
    last line of the description. `labels_field`: a custom field (list, multiple values) that holds the labels.
    `text_formatting`: the markup of descriptions and notes, as the Redmine is set to (it does not tell): Textile is
    converted from and to Markdown, all else kept as it is. `speak_for_people`: comments and work logs are written in
    the name of their authors, which only an administrator's key may. `activity`: what time that is booked counts as;
    without it the default one of Redmine. `overlap`: how long a change may take from its time stamp to its commit.
    `sweep`: how often deleted issues, edited comments and whatever else Redmine does not stamp is looked for; `looks`:
    at how many issues' comments each time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    api_key: SecretStr
    projects: tuple[Identifier, ...] = Field(default=(), examples=[["alpha", "beta"]])
    default_project: Identifier | None = Field(default=None, examples=["alpha"])
    marker_field: str | None = Field(default=None, min_length=1, examples=["Sync mark"])
    labels_field: str | None = Field(default=None, min_length=1, examples=["Labels"])
    text_formatting: TextFormatting = "markdown"
    speak_for_people: bool = False
    activity: str | None = Field(default=None, min_length=1, examples=["Development"])
    overlap: float = Field(default=30.0, ge=1.0)
    sweep: float = Field(default=60.0, ge=0.0)
    looks: int = Field(default=10, ge=1, le=100)
    concurrency: int = Field(default=4, ge=1, le=32)
