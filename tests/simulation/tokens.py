"""The values that people write are told apart by tokens: `v17` is what act 17 wrote."""

from __future__ import annotations

import re

from pydantic import BaseModel

TOKEN = re.compile(r"v\d+", re.IGNORECASE)


def tokens(thing: BaseModel | str | None) -> set[str]:
    """All tokens in it, in lower case."""
    if thing is None:
        return set()
    text = thing if isinstance(thing, str) else thing.model_dump_json()
    return {token.lower() for token in TOKEN.findall(text)}
