"""Nasty documents: a second trip changes nothing, no word is lost, what nobody edited is not rewritten."""

from __future__ import annotations

import re

import pytest

from accord.markup import NOTHING, spelled
from tests.markup.documents import MARKUPS, REFS, documents, words

NATIVE = [(name, title) for name in MARKUPS for title in documents(name)]
MARKDOWN = [(name, title) for name in MARKUPS for title in documents("markdown")]


def test_there_are_many_of_them() -> None:
    assert len(NATIVE) + len(documents("markdown")) >= 200


@pytest.mark.parametrize(("name", "title"), NATIVE)
@pytest.mark.parametrize("refs", [NOTHING, REFS], ids=["strangers", "known"])
def test_a_native_text_comes_to_rest_after_one_trip(name: str, title: str, refs: object) -> None:
    markup, source = MARKUPS[name], documents(name)[title]
    known = REFS if refs is REFS else NOTHING
    markdown = markup.to_markdown(source, known)
    written = markup.from_markdown(markdown, known)
    assert markup.to_markdown(written, known) == markdown
    assert markup.from_markdown(markup.to_markdown(written, known), known) == written
    assert spelled(markdown) == markdown or "kept-" in markdown


@pytest.mark.parametrize(("name", "title"), NATIVE)
def test_no_word_of_a_native_text_is_lost(name: str, title: str) -> None:
    markup, source = MARKUPS[name], documents(name)[title]
    markdown = markup.to_markdown(source)
    assert words(source, name) <= words(markdown, "adf")
    assert words(source, name) <= words(markup.from_markdown(markdown), name)


@pytest.mark.parametrize(("name", "title"), NATIVE)
def test_a_native_text_that_nobody_edited_is_not_rewritten(name: str, title: str) -> None:
    markup, source = MARKUPS[name], documents(name)[title]
    assert markup.rewrite(source, markup.to_markdown(source)) == source


@pytest.mark.parametrize(("name", "title"), NATIVE)
def test_what_is_added_changes_nothing_before_it(name: str, title: str) -> None:
    markup, source = MARKUPS[name], documents(name)[title]
    markdown = markup.to_markdown(source)
    edited = f"{markdown}\n\n# Added".strip()
    rewritten = markup.rewrite(source, edited)
    assert markup.to_markdown(rewritten) == markup.to_markdown(markup.from_markdown(edited))


@pytest.mark.parametrize(("name", "title"), MARKDOWN)
def test_markdown_comes_back_as_it_was_but_for_its_spelling(name: str, title: str) -> None:
    markup, source = MARKUPS[name], documents("markdown")[title]
    written = markup.from_markdown(source)
    markdown = markup.to_markdown(written)
    if f"kept-{markup.name}" in source:
        # It was restored, and read: from now on it rests.
        written = markup.from_markdown(markdown)
        source = markdown
    assert markup.to_markdown(written) == markdown == spelled(source)
    assert markup.from_markdown(markdown) == written
    if "kept-" not in source:
        there = set(re.findall(r"[^\W_]{3,}", written.replace("\\n", " ")))
        assert words(source, "markdown") - {"NOTE", "WARNING"} <= there
