from __future__ import annotations

import pytest

from accord.errors import Unreachable
from accord.trackers.roundup.messages import plain_text


def test_line_ends_of_browsers_are_made_plain() -> None:
    assert plain_text("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


def test_what_roundup_says_instead_of_a_text_is_not_taken_for_the_text() -> None:
    said = (
        "ERROR reading file: msg13\nPossibly an access right configuration problem.\n"
        "content file for /srv/roundup/db/files/msg/0/msg13 not found"
    )
    with pytest.raises(Unreachable, match="could not read the text"):
        plain_text(said)
    assert plain_text("ERROR reading file: see below") == "ERROR reading file: see below"
