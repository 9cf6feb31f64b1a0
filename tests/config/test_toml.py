"""One canonical spelling of TOML."""

from __future__ import annotations

import string
import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.config.toml import canonical

KEYS = st.text(string.printable + "äß.\"'\x7f", min_size=0, max_size=8)
VALUES = st.recursive(
    st.text(max_size=40) | st.integers(-(2**40), 2**40) | st.booleans() | st.dates() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_it_reads_as_what_was_written(data: dict[str, Any]) -> None:
    assert tomllib.loads(canonical(data)) == data


def test_a_setting_is_a_line_and_long_tables_stand_apart() -> None:
    pairs = {f"their status {n}": f"ours {n}" for n in range(8)}
    data = {"pair_by": "custom.key", "map": {"summary": "both", "status": {"pairs": pairs, "default": "open"}}}
    assert canonical(data).splitlines()[:8] == [
        'pair_by = "custom.key"',
        "",
        "[map]",
        'summary = "both"',
        "",
        "[map.status]",
        'default = "open"',
        "",
    ]
    assert '"their status 3" = "ours 3"' in canonical(data).splitlines()
    assert list(tomllib.loads(canonical(data))["map"]["status"]["pairs"]) == list(pairs)


def test_what_toml_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        canonical({"a": None})
