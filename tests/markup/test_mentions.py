"""People whom texts mention go by another name on the other side."""

from __future__ import annotations

import pytest

from accord.markup import TEXTILE, Refs, renamed

THEIRS = {"anna": "alva", "bob.b": "bjarne", "swap": "anna", "odd": "not a name"}
REDMINE = Refs(name_of={"anna": "anna"}.get, account_of={"anna": "anna"}.get)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("@anna, see this", "@alva, see this"),
        ("(@bob.b) and @bob.", "(@bjarne) and @bob."),
        ("@swap @anna", "@anna @alva"),
        ("- **@anna**\n> @anna:", "- **@alva**\n> @alva:"),
        ("a@anna.example <https://b.example/@anna> @nobody", "a@anna.example <https://b.example/@anna> @nobody"),
        ("`@anna` ``a ` @anna`` \\@anna", "`@anna` ``a ` @anna`` \\@anna"),
        ("```\n@anna\n```\n@anna", "```\n@anna\n```\n@alva"),
        ("~~~ py\n@anna", "~~~ py\n@anna"),
        ("@odd", "@odd"),
    ],
)
def test_a_mention_is_of_whom_the_other_side_means(said: str, meant: str) -> None:
    assert renamed(said, THEIRS.get) == meant


@pytest.mark.parametrize(
    ("textile", "markdown"),
    [
        ("user:anna and @anna", "@anna and @anna"),
        ("*user:anna*, (user:anna)", "**@anna**, (@anna)"),
        ("user:bob, superuser:anna and !user:anna", "user:bob, superuser:anna and !user:anna"),
        ("@user:anna@", "`user:anna`"),
    ],
)
def test_redmine_has_two_ways_to_mention_somebody(textile: str, markdown: str) -> None:
    assert TEXTILE.to_markdown(textile, REDMINE) == markdown
    assert TEXTILE.rewrite(textile, markdown, REDMINE) == textile


def test_in_textile_a_mention_is_one_and_what_only_looks_so_is_none() -> None:
    assert TEXTILE.from_markdown("@anna at@ home", REDMINE) == "@anna at&#64; home"
    written = TEXTILE.from_markdown("not user:anna", REDMINE)
    assert "user:anna" not in written
    assert TEXTILE.to_markdown(written, REDMINE) == "not user:anna"
