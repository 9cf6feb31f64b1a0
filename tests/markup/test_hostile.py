"""Texts that were made to hurt: nothing raises, nothing takes for ever, nothing is lost."""

from __future__ import annotations

import pytest

from accord.markup import Markup
from tests.markup.documents import MARKUPS

SIZE = 20_000
BOMBS = {
    "quotes": ">" * SIZE,
    "quotes apart": "> " * (SIZE // 2),
    "stars": "*" * SIZE,
    "emphasis": "*a " * (SIZE // 3),
    "strong": "**a " * (SIZE // 8) + "a** " * (SIZE // 8),
    "brackets": "[" * SIZE,
    "links": "[a](" * (SIZE // 4),
    "images": "![" * (SIZE // 2),
    "at signs": "@a " * (SIZE // 3),
    "quotation marks": '"a ' * (SIZE // 3),
    "tags": "<a " * (SIZE // 3),
    "comments": "<!--" * (SIZE // 4),
    "entities": "&#60;a " * (SIZE // 7),
    "backticks": "`a``b " * (SIZE // 6),
    "deep list": "\n".join("*" * depth + " x" for depth in range(1, 200)),
    "indented list": "\n".join("  " * depth + "- x" for depth in range(200)),
    "pre": "<pre>" * (SIZE // 5),
    "code": "{code}" * (SIZE // 6),
    "macros": "{color:red}" * (SIZE // 11),
    "braces": "{{a " * (SIZE // 4),
    "cells": "|a" * (SIZE // 2) + "|",
    "rows": "|a|b|\n" * (SIZE // 6),
    "items": "* item _x_ y\n" * (SIZE // 13),
    "backslashes": "\\" * SIZE,
    "divs": "<div>" * (SIZE // 5),
    "bold tags": "<b>" * (SIZE // 3),
    "quotations": "<blockquote>" * (SIZE // 12),
    "lists of html": "<ul><li>" * (SIZE // 8),
    "tables of html": "<table><tr><td>" * (SIZE // 15),
    "blanks": " " * SIZE + "x",
    "overrides": "\u202e" * SIZE,
    "controls": "\0\x01\x1b\ud800" * 500,
    "json": '{"type":"doc","content":[' * 800,
    "deep json": '{"type":"doc","content":' + '[{"type":"blockquote","content":' * 300 + "[]" + "}]" * 300 + "}",
}


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=MARKUPS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_goes_there_and_back(markup: Markup, bomb: str) -> None:
    markdown = markup.to_markdown(BOMBS[bomb])
    assert markup.to_markdown(markup.from_markdown(markdown)) == markdown
    written = markup.from_markdown(BOMBS[bomb])
    assert markup.from_markdown(markup.to_markdown(written)) == written


@pytest.mark.parametrize("markup", MARKUPS.values(), ids=MARKUPS)
def test_a_very_long_text_is_carried_as_it_is(markup: Markup) -> None:
    text = "line with *signs* and words\n" * 20_000
    markdown = markup.to_markdown(text)
    assert markdown.startswith("```kept-")
    assert markup.to_markdown(markup.from_markdown(markdown)) == markdown
    assert markup.to_markdown(markup.from_markdown(text)).strip() == text.strip()
