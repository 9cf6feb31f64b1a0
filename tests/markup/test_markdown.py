"""Markdown has one spelling; a tracker's own Markdown is left as it is."""

from __future__ import annotations

import pytest

from accord.markup import AsItIs, Refs, spelled
from accord.markup.markdown_reading import read_markdown
from accord.markup.markdown_writing import write_markdown
from accord.markup.tree import Break, Paragraph, Styled, Text

SPELLINGS = [
    ("* a\n* b", "- a\n- b"),
    ("1. a\n1. b", "1. a\n2. b"),
    ("Title\n===", "# Title"),
    ("__a__ _b_", "**a** *b*"),
    ("a  \nb\\\nc", "a\nb\nc"),
    ("<b>a</b> &lt;c>", "**a** \\<c>"),
    ("```\na\n```", "```\na\n```"),
    ("    code", "```\ncode\n```"),
    ("|a|b|\n|-|-:|\n|1|2|", "| a | b |\n| --- | ---: |\n| 1 | 2 |"),
    ("snake_case and 2 * 3 ~ 4", "snake_case and 2 * 3 ~ 4"),
    ("[a]: http://x\n\n[b][a]", "[a]: http://x\n\n[b][a]"),
    ("foo**bar**baz", "foo**bar**baz"),
    ("> [!NOTE]\n> x", "> [!NOTE]\n>\n> x"),
    ("a\r\n\r\n\r\nb  ", "a\n\nb"),
]


@pytest.mark.parametrize(("text", "one"), SPELLINGS)
def test_equal_texts_have_one_spelling(text: str, one: str) -> None:
    assert spelled(text) == one
    assert spelled(one) == one


def test_a_style_that_signs_cannot_say_is_said_by_tags() -> None:
    tree = (Paragraph((Text("a"), Styled("strong", (Text('"b"'),)), Text("c"))),)
    assert write_markdown(tree) == 'a<strong>"b"</strong>c'
    assert read_markdown(write_markdown(tree)) == tree


LIKE = ["# a", "- a", "1. a", "> a", "*a*", "`a`", "[a](b)", "<b>", "&lt;", "---", "~~~", "![a](b)", "***", "[x] a"]


@pytest.mark.parametrize("text", LIKE)
def test_text_that_looks_like_markup_stays_text(text: str) -> None:
    tree = (Paragraph((Text("first"), Break(), Text(text))),)
    assert read_markdown(write_markdown(tree)) == tree


def test_a_trackers_own_markdown_is_passed_on_letter_by_letter() -> None:
    odd = "* a\r\n\t* b  \n<x>"
    markup = AsItIs("common_mark")
    assert markup.to_markdown(odd) == markup.from_markdown(odd) == markup.rewrite("other", odd) == odd


def test_files_are_named_as_they_came() -> None:
    refs = Refs(file_of={"a_b.png": "a?b.png"}.get, target_of={"a?b.png": "a_b.png"}.get)
    markup = AsItIs("common_mark")
    theirs, ours = (
        "![x](a_b.png) `![x](a_b.png)` [y](http://a_b.png)",
        "![x](a%3Fb.png) `![x](a_b.png)` [y](http://a_b.png)",
    )
    assert markup.to_markdown(theirs, refs) == ours
    assert markup.from_markdown(ours, refs) == theirs
