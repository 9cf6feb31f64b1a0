"""Whatever people type."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.markup import Markup, spelled
from tests.markup.documents import MARKUPS

PIECES = [
    "*", "**", "_", "`", "``", "~~", "-", "+", "^", "@", '"', '":http://a.b/c', "!", "x.png", "[", "]", "(",
    ")", "|", " ", " ", "alpha", "beta gamma", "delta", "\n", "\n\n", "* ", "# ", "- ", "1. ", "> ", "h1. ",
    "bq. ", "    ", "---", "<b>", "</b>", "<p>", "</p>", "<br>", "<pre>", "</pre>", "<code>", "</code>",
    "<li>", "<ul>", "</ul>", "<!-- x -->", "&lt;", "&amp;", "&#42;", "&#60;b>", "{{", "}}", "{code}",
    "{quote}", "{noformat}", "{color:red}", "||", "\\", "\\\\", "[[W|x]]", "[~al]", "[x] ", "|-|-|", "```",
    "===", "http://a.b/c_d", "a@b.c", "é", "日本", "😀", "\u202e", "\xa0", "\t",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = re.compile(r"alpha|beta|gamma|delta|日本")


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=MARKUPS)
@QUICK
@given(text=TEXTS)
def test_a_native_text_comes_to_rest_and_loses_no_word(markup: Markup, text: str) -> None:
    markdown = markup.to_markdown(text)
    written = markup.from_markdown(markdown)
    assert markup.to_markdown(written) == markdown
    assert markup.rewrite(text, markdown) == text
    lost = set(WORDS.findall(text)) - set(WORDS.findall(markdown))
    assert not lost or (markup.name == "html" and "<" in text)


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=MARKUPS)
@QUICK
@given(text=TEXTS)
def test_markdown_comes_back(markup: Markup, text: str) -> None:
    written = markup.from_markdown(text)
    markdown = markup.to_markdown(written)
    assert markdown == spelled(text)
    assert markup.from_markdown(markdown) == written
    assert set(WORDS.findall(text)) <= set(WORDS.findall(markdown))


@QUICK
@given(text=TEXTS)
def test_a_spelling_is_spelled_so(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=MARKUPS)
@QUICK
@given(now=TEXTS, text=TEXTS)
def test_what_is_rewritten_says_what_was_wanted(markup: Markup, now: str, text: str) -> None:
    assert markup.to_markdown(markup.rewrite(now, text)) == markup.to_markdown(markup.from_markdown(text))
