"""Jira's wiki markup."""

from __future__ import annotations

import pytest

from accord.markup import JIRA, Refs

SAME = [
    ("h1. Title", "# Title"),
    ("*a* _b_ -c- {{d}}", "**a** *b* ~~c~~ `d`"),
    ("* a\n** b\n*# c", "- a\n\n  - b\n\n  1. c"),
    ("||a||b||\n|1|2|", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
    ("{code:java|title=A.java}\nint x;\n{code}", "```java title=A.java\nint x;\n```"),
    ("{noformat}\n*x*\n{noformat}", "```\n*x*\n```"),
    ("{quote}\na\n\n* b\n{quote}", "> a\n>\n> - b"),
    ("[a|http://b.c] http://d.e", "[a](http://b.c) http://d.e"),
    ("!a.png|thumbnail!", '![](a.png "thumbnail")'),
    ("----", "---"),
    ("{color:red}a{color} {toc} [^f.txt] [~bob]", "{color:red}a{color} {toc} [^f.txt] [~bob]"),
    ("\\*a\\*", "\\*a\\*"),
]


@pytest.mark.parametrize(("wiki", "markdown"), SAME)
def test_both_say_the_same(wiki: str, markdown: str) -> None:
    assert JIRA.to_markdown(wiki) == markdown
    assert JIRA.from_markdown(markdown) == wiki


def test_a_mention_of_somebody_known_is_their_name() -> None:
    refs = Refs(name_of={"JIRAUSER1": "alice"}.get, account_of={"alice": "JIRAUSER1"}.get)
    assert JIRA.to_markdown("[~JIRAUSER1] [~other]", refs) == "@alice [~other]"
    assert JIRA.from_markdown("@alice @bob", refs) == "[~JIRAUSER1] @bob"


@pytest.mark.parametrize("markdown", ["5. a", "| a |\n| :---: |\n| b |", "> > a", "```\n{noformat}\n```"])
def test_what_jira_cannot_say_is_kept_and_restored(markdown: str) -> None:
    wiki = JIRA.from_markdown(markdown)
    assert "kept-markdown" in wiki
    assert JIRA.to_markdown(wiki) == markdown


def test_a_panel_stays_a_panel() -> None:
    panel = "{panel:title=x}\n\nh2. a\n\n* b\n\n{panel}"
    assert JIRA.from_markdown(JIRA.to_markdown(panel)) == panel
