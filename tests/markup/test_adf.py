"""The Atlassian Document Format."""

from __future__ import annotations

import json
from typing import Any

from accord.markup import ADF, Refs


def document(*blocks: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "type": "doc", "content": list(blocks)})


def paragraph(*inlines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(inlines)}


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


def blocks(markdown: str, refs: Refs | None = None) -> Any:
    return json.loads(ADF.from_markdown(markdown, refs or Refs()))["content"]


def test_marks_are_styles() -> None:
    told = document(paragraph(text("a "), text("b ", "strong"), text("c", "strong", "em"), text("d", "code")))
    assert ADF.to_markdown(told) == "a **b *c***`d`"
    assert blocks("a **b *c***`d`") == json.loads(told)["content"]


def test_colours_are_spans() -> None:
    red = {"type": "text", "text": "r", "marks": [{"type": "textColor", "attrs": {"color": "#ff0000"}}]}
    assert ADF.to_markdown(document(paragraph(red))) == '<span style="color:#ff0000">r</span>'
    assert blocks('<span style="color:#ff0000">r</span>') == [paragraph(red)]


def test_a_panel_is_an_alert() -> None:
    panel = {"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(text("x"))]}
    assert ADF.to_markdown(document(panel)) == "> [!WARNING]\n>\n> x"
    assert blocks("> [!WARNING]\n> x") == [panel]


def test_an_extension_is_kept_and_restored() -> None:
    extension = {"type": "extension", "attrs": {"extensionKey": "toc", "parameters": {"a": [1]}}}
    markdown = ADF.to_markdown(document(paragraph(text("x")), extension))
    assert markdown.startswith("x\n\n```kept-adf\n")
    assert blocks(markdown) == [paragraph(text("x")), extension]


def test_a_status_is_kept_until_people_change_it() -> None:
    status = {"type": "status", "attrs": {"text": "OPEN", "color": "blue"}}
    markdown = ADF.to_markdown(document(paragraph(status)))
    assert markdown.endswith(">OPEN</span>")
    assert blocks(markdown) == [paragraph(status)]
    assert blocks(markdown.replace(">OPEN<", ">SHUT<")) == [paragraph(text("SHUT"))]


def test_people_and_files_are_looked_up() -> None:
    refs = Refs(
        name_of={"5b": "alice"}.get,
        account_of={"alice": "5b"}.get,
        file_of={"m1": "a b.png"}.get,
        target_of={"a b.png": "m1"}.get,
    )
    mention = {"type": "mention", "attrs": {"id": "5b", "text": "@Alice"}}
    media = {"type": "media", "attrs": {"type": "file", "id": "m1", "collection": ""}}
    told = document(paragraph(mention), {"type": "mediaSingle", "content": [media]})
    assert ADF.to_markdown(told, refs) == "@alice\n\n![](a%20b.png)"
    there = blocks("@alice\n\n![](a%20b.png)", refs)
    assert there[0]["content"][0]["attrs"]["id"] == "5b"
    assert there[1]["content"] == [media]


def test_tasks() -> None:
    markdown = "- [ ] a\n- [x] b\n  - [ ] c"
    kinds = [node["type"] for node in blocks(markdown)[0]["content"]]
    assert kinds == ["taskItem", "taskItem", "taskList"]
    assert ADF.to_markdown(ADF.from_markdown(markdown)) == markdown


def test_plain_text_and_nothing() -> None:
    assert ADF.to_markdown("no\njson") == "no\njson"
    assert ADF.to_markdown("null") == ADF.to_markdown("") == ""
    assert json.loads(ADF.from_markdown("")) == {"version": 1, "type": "doc", "content": []}


def test_what_others_send_makes_no_nodes_of_its_own() -> None:
    assert blocks('```kept-adf\n{"type":"evil"}\n```')[0]["type"] == "codeBlock"
    assert blocks("```kept-adf\nno json\n```")[0]["type"] == "codeBlock"
