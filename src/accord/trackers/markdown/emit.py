"""JSON values as YAML on one line, in the way people would write them.

Strings that YAML 1.1 or 1.2 would take for something else are quoted, so that every reader agrees on them.
"""

from __future__ import annotations

import json
import re

from pydantic import JsonValue

PLAIN = re.compile(r"[^\W\d][\w ./@()+-]*(?<! )")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
SPENT = re.compile(r"\d+[hms](?: \d+[hms])*")
WORDS_WITH_A_MEANING = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"])
# JSON lets these stand in a string as they are, YAML does not.
UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def emit(value: JsonValue) -> str:
    """One line of YAML."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(emit(part) for part in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(name)}: {emit(part)}' for name, part in value.items())}}}"
    number = json.dumps(value, allow_nan=False)
    return number.replace("e", ".0e") if isinstance(value, float) and "." not in number else number


def _text(text: str) -> str:
    if (
        DATE.fullmatch(text)
        or SPENT.fullmatch(text)
        or (PLAIN.fullmatch(text) and text.casefold() not in WORDS_WITH_A_MEANING)
    ):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
