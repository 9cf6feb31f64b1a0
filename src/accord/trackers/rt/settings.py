"""What an RT tracker needs to be told."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def zone_called(name: str) -> tzinfo:
    """A time zone. UTC needs no database of them."""
    return UTC if name == "UTC" else ZoneInfo(name)


class RTSettings(BaseModel):
    """One tracker. `url` is its web address, `token` an authentication token of the account; times are in seconds.

    `queues`: names of the queues whose tickets are seen; empty: all that the account sees. New tickets go into
    `default_queue`, or else the first of them, unless `fields.queue` says where. `description_field`: a custom field
    (one text, HTML or Wikitext area) that holds descriptions; without one the description is the first message, and a
    new one is written as a comment with the subject *Description*. `labels_field`: a custom field (several values) that
    holds the labels. `statuses`: those of the queues' lifecycles, which RT does not tell. `priorities`: the numbers
    that RT knows priorities by, as its PriorityAsString says. `text_format`: how comments, and descriptions that are
    messages, are written. `time_zone`: the one in which a due date is a day. `overlap`: how long a change may take from
    its time stamp to its commit. `sweep`: how often tickets are counted, to find those that left the account's sight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#@]+$")
    token: SecretStr
    queues: tuple[Name, ...] = Field(default=(), examples=[["Support", "Billing"]])
    default_queue: Name | None = Field(default=None, examples=["Support"])
    description_field: Name | None = Field(default=None, examples=["Description"])
    labels_field: Name | None = Field(default=None, examples=["Labels"])
    statuses: tuple[Name, ...] = ("new", "open", "stalled", "resolved", "rejected")
    priorities: dict[Name, int] = Field(default={"Low": 0, "Medium": 50, "High": 100})
    text_format: Literal["html", "plain"] = "html"
    time_zone: str = "UTC"
    overlap: float = Field(default=30.0, ge=1.0)
    sweep: float = Field(default=60.0, ge=0.0)
    concurrency: int = Field(default=4, ge=1, le=32)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            zone_called(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"There is no time zone {name!r}; it is called like Europe/Zurich.") from None
        return name
