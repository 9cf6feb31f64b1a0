"""Only what a change is about is written."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from accord.errors import ItemBroken, WriteRefused
from accord.trackers.markdown.document import Document, parse, parse_yaml
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.emit import emit

PAGE = """\
---
# for the team
key:   PAY-12
summary: "Login fails"   # since Monday
status: open
labels:
  - shared   # with Blue
  - 'urgent'
assignee: {username: alice, name: "Alice Ö."}
notes: |
  first

  second
estimate: 1.10
due:
---

Text with trailing spaces  
and more.

"""  # noqa: W291


def edited(text: str, **what: Any) -> str:
    return apply(parse(text.encode(), "a.md"), Edit(**what)).decode()


def replaced(old: str, new: str) -> str:
    assert PAGE.count(old) == 1
    return PAGE.replace(old, new)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ({"values": {"status": "closed"}}, "status: open", "status: closed"),
        ({"values": {"summary": "It's: new"}}, '"Login fails"', '"It\'s: new"'),
        ({"values": {"summary": None}}, 'summary: "Login fails"   #', "summary:   #"),
        ({"values": {"due": "2026-12-24"}}, "due:\n", "due: 2026-12-24\n"),
        ({"values": {"assignee": "bob"}}, '{username: alice, name: "Alice Ö."}', "bob"),
        ({"values": {"notes": "one line"}}, "notes: |\n  first\n\n  second\n", "notes: one line\n"),
        ({"values": {"notes": None}}, "notes: |\n  first\n\n  second\n", "notes:\n"),
        ({"values": {"points": 5}}, "due:\n", "due:\npoints: 5\n"),
        ({"added_to": {"labels": ["a: b"]}}, "  - 'urgent'\n", "  - 'urgent'\n  - \"a: b\"\n"),
        ({"removed_from": {"labels": ["urgent"]}}, "  - 'urgent'\n", ""),
        ({"removed_from": {"labels": ["shared"]}}, "  - shared   # with Blue\n", ""),
        (
            {"removed_from": {"labels": ["shared", "urgent"]}},
            "labels:\n  - shared   # with Blue\n  - 'urgent'\n",
            "labels: []\n",
        ),
        ({"first": {"id": "x"}}, "---\n# for", "---\nid: x\n# for"),
        ({"removed": frozenset({"notes"})}, "notes: |\n  first\n\n  second\n", ""),
        ({"body": "New"}, "\nText with trailing spaces  \nand more.\n\n", "\nNew\n\n"),
        ({"values": {"points": None}, "removed_from": {"tags": ["a"]}}, "due:\n", "due:\n"),
    ],
    ids=str,
)
def test_a_change_is_the_only_change(what: dict[str, Any], old: str, new: str) -> None:
    assert edited(PAGE, **what) == replaced(old, new)


def test_line_ends_of_windows_stay() -> None:
    page = PAGE.replace("\n", "\r\n")
    changed = edited(page, values={"status": "closed", "points": 5}, added_to={"labels": ["new"]}, body="one\ntwo")
    assert changed.replace("\r\n", "").count("\n") == 0
    assert parse(changed.encode(), "a.md").description == "one\ntwo"
    assert edited(page, values={"status": "closed"}) == page.replace("status: open", "status: closed")


@pytest.mark.parametrize(
    ("page", "changed"),
    [
        ("Just text", "---\nstatus: open\n---\nJust text"),
        ("\ufeff---\na: 1\n---\n", "\ufeff---\na: 1\nstatus: open\n---\n"),
        ("---\n---\n", "---\nstatus: open\n---\n"),
        ("---\na: 1\n---", "---\na: 1\nstatus: open\n---"),
        ("---\n  a: 1\n---\nx", "---\n  a: 1\n  status: open\n---\nx"),
    ],
    ids=str,
)
def test_a_new_key_finds_its_place(page: str, changed: str) -> None:
    assert edited(page, values={"status": "open"}) == changed


@pytest.mark.parametrize("text", ["---\nkey: x\n---\ntext", "text", "    indented", "---", "a\n\n\nb"])
def test_a_text_is_written_into_a_file_without_front_matter(text: str) -> None:
    changed = edited("Old text\n", body=text)
    assert parse(changed.encode(), "a.md").description == text


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("---\n{a: 1, b: 2}\n---\n", {"a": 2}),
        ("---\na: &x 1\nb: *x\n---\n", {"a": 2}),
        ("---\na: &x 1\nb: *x\n---\n", {"b": 2}),
        ("---\na: 1\n---\n", {"a": "\ud800"}),
    ],
    ids=str,
)
def test_what_can_not_be_told_apart_is_refused(page: str, values: dict[str, Any]) -> None:
    with pytest.raises(WriteRefused):
        edited(page, values=values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
AWKWARD = st.sampled_from(
    ["yes", "NO", "null", "~", "1.0", "0x1f", "1_000", "2026-12-24", "- a", "a: b", "#", "@x", ""]
)
NAMES = st.from_regex(r"[a-z][a-z0-9 _]{0,10}[a-z]", fullmatch=True)


@given(JSON | AWKWARD)
def test_every_value_reads_back(value: Any) -> None:
    document = parse_yaml(f"a: {emit(value)}\n".encode(), "a.yaml")
    assert document.value("a") == value


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | AWKWARD)
def test_other_readers_see_the_same_text(text: str) -> None:
    assert str(YAML(typ="safe", pure=True).load(f"a: {emit(text)}\n")["a"]) == text


@settings(max_examples=60)
@given(
    st.dictionaries(NAMES, JSON, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "  # a comment", "   "]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    JSON,
)
def test_foreign_keys_survive_byte_for_byte(foreign: dict[str, Any], nl: str, tail: str, text: str, value: Any) -> None:
    lines = ["---", *(f"{emit(name)}: {emit(part)}{tail}" for name, part in foreign.items() if name != "status")]
    page = nl.join([*lines, f"status: open{tail}", "---", text, ""])
    if parse(page.encode(), "a.md").value("status") != "open":
        return
    changed = edited(page, values={"status": value})
    written = "" if value is None else f" {emit(value)}"
    assert changed == page.replace(f"{nl}status: open{tail}{nl}", f"{nl}status:{written}{tail}{nl}")


@settings(max_examples=300)
@given(
    st.binary(max_size=60)
    | st.text("-: {}[]&*!|>'\"%@`#ab\n\t,?~", max_size=60).map(lambda t: f"---\n{t}\n---\n".encode())
)
def test_whatever_is_in_a_file_it_is_read_or_named_broken(data: bytes) -> None:
    with suppress(ItemBroken):
        document = parse(data, "a.md")
        assert document.text.encode() == data
        for name in document.entries:
            document.value(name)


def test_a_small_file_that_means_a_huge_value_is_broken() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    page = "---\n" + "\n".join(lines) + "\n---\n"
    with pytest.raises(ItemBroken, match="too large"):
        parse(page.encode(), "a.md").value("a11")


def test_a_document_is_its_text() -> None:
    assert parse(PAGE.encode(), "a.md").text == PAGE
    assert Document.new("a.md").text == "---\n---\n"
