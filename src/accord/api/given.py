"""What callers may give."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

LINE = r"^[^\x00-\x1f\x7f]+$"
MOST_KEYS = 500
MOST_SECONDS = 60.0

Line = Annotated[str, Field(min_length=1, max_length=500, pattern=LINE)]
Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=LINE)]
Code = Annotated[str, Field(min_length=1, max_length=16_000, pattern=r"^[^\x00]+$")]
Number = Annotated[int, Field(ge=1, le=2**53)]


def _without_nul(value: JsonValue) -> JsonValue:
    """PostgreSQL holds no texts with a NUL."""
    parts: list[Any] = [value]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            parts += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            parts += part
        elif isinstance(part, str) and "\x00" in part:
            raise ValueError("a text can't hold a NUL character")
    return value


AnyValue = Annotated[JsonValue, AfterValidator(_without_nul)]

KeyQuery = Annotated[Line, Query(description="The item's key here; where it has none here, its key there.",
                                 examples=["PAY-12"])]  # fmt: skip
ConnectionQuery = Annotated[
    Line | None, Query(description="Which connection, where several could be meant.", examples=["partner"])
]
LimitQuery = Annotated[int, Query(ge=1, le=10_000, description="At most so many.")]
DraftQuery = Annotated[bool, Query(description="Under the rules in the files, not published yet.")]

Connection = Annotated[
    Line | None, Field(description="Which connection, where several could be meant.", examples=["partner"])
]
Key = Annotated[Line, Field(description="The item's key here; where it has none here, its key there.",
                            examples=["PAY-12"])]  # fmt: skip
Why = Annotated[Text, Field(description="Why, for those who look back.", examples=["they want the priority"])]
Wait = Annotated[
    float,
    Field(ge=0, le=MOST_SECONDS, description="Wait so many seconds until it is settled or blocked.", examples=[10]),
]


class Given(BaseModel):
    """The body of a request: nothing but what it knows."""

    model_config = ConfigDict(extra="forbid")
