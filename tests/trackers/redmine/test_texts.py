"""Descriptions and notes in the markup that a Redmine is set to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.markup import HTML, TEXTILE, spelled
from accord.model import Attachment, Comment, Item, Patch
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from accord.trackers.redmine.marks import marked
from accord.trackers.redmine.texts import Texts
from tests.trackers.redmine.conftest import connect

ODD = "h1.  Odd   spelling\r\n\r\n* one\r\n** _two_\r\n\r\n|\\2. both|\r\n|a|b|\r\n\r\nbq. Said\r\n\r\nEnd."
MARKDOWN = "# Odd spelling\n\n- one\n  - *two*\n\n```kept-textile\n|\\2. both|\n|a|b|\n```\n\n> Said\n\nEnd."


@pytest.fixture
async def textile(redmine_server: RedmineServer) -> AsyncIterator[RedmineTracker]:
    tracker = connect(redmine_server, text_formatting="textile")
    yield tracker
    await tracker.close()


async def description(alice: RedminePerson, key: str) -> str:
    return str((await alice.get(key))["description"]).replace("\r\n", "\n")


async def notes(alice: RedminePerson, key: str) -> list[str]:
    return [str(comment["notes"]) for comment in await alice.comments(key)]


async def test_a_textile_nobody_edited_is_never_written(textile: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Odd", ODD)
    item = await textile.read(key)
    assert item.description == MARKDOWN
    stamp, calls = (await alice.get(key))["updated_on"], textile.calls
    written = await textile.update(key, Patch(values={"description": MARKDOWN}), item.version)
    assert (await alice.get(key))["updated_on"] == stamp
    assert (await alice.get(key))["journals"] == []
    assert (written.version, await description(alice, key)) == (item.version, ODD.replace("\r\n", "\n"))
    assert textile.calls - calls <= 2


async def test_beside_an_edit_all_else_stays_letter_by_letter(textile: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Odd", ODD)
    item = await textile.read(key)
    edited = MARKDOWN.replace("End.", "The **end**.")
    await textile.update(key, Patch(values={"description": edited}), item.version)
    assert await description(alice, key) == ODD.replace("\r\n", "\n").replace("End.", "The *end*.")
    assert (await textile.read(key)).description == edited


async def test_another_field_leaves_the_text_alone(textile: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Odd", ODD)
    item = await textile.read(key)
    await textile.update(key, Patch(values={"summary": "Even"}), item.version)
    assert await description(alice, key) == ODD.replace("\r\n", "\n")


async def test_an_issue_is_made_in_textile_with_its_mark(redmine_server: RedmineServer, alice: RedminePerson) -> None:
    tracker = connect(redmine_server, text_formatting="textile", marker_field=None)
    draft = Patch(values={"summary": "New", "description": "- a\n- **b**"}).apply(Item())
    key = (await tracker.create(draft, "m-textile")).id
    assert await description(alice, key) == "* a\n* *b*\n\n<!-- accord:m-textile -->"
    item = await tracker.read(key)
    assert (item.description, item.marker) == ("- a\n- **b**", "m-textile")
    await tracker.update(key, Patch(values={"description": "- a\n- c"}), item.version)
    assert await description(alice, key) == "* a\n* c\n\n<!-- accord:m-textile -->"
    await tracker.close()


async def test_notes_are_converted_and_edited_where_they_differ(textile: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Talk")
    await alice.comment(key, 'See "this":http://a.b/c\r\n\r\n* *x*')
    written = await textile.add_comment(key, Comment(header="Anna wrote:", body="1. `a`\n2. ~~b~~"), "m")
    assert await notes(alice, key) == ['See "this":http://a.b/c\r\n\r\n* *x*', "Anna wrote:\n\n# @a@\n# -b-"]
    comments = (await textile.read(key)).comments
    assert [comment.body for comment in comments] == [
        "See [this](http://a.b/c)\n\n- **x**",
        "Anna wrote:\n\n1. `a`\n2. ~~b~~",
    ]
    same = Comment(id=written.id, header="Anna wrote:", body="1. `a`\n2. ~~b~~")
    await textile.edit_comment(key, same)
    await textile.edit_comment(key, same.model_copy(update={"body": "1. `a`\n2. b"}))
    assert (await notes(alice, key))[1] == "Anna wrote:\n\n# @a@\n# b"


async def test_an_image_is_named_by_the_file_as_it_came(
    textile: RedmineTracker, alice: RedminePerson, file: Path
) -> None:
    text = "See ![](a%3Fb.png) and ![](my%20shot.png)"
    key = (await textile.create(Patch(values={"summary": "Shots", "description": text}).apply(Item()), "m-shots")).id
    for name in ("a?b.png", "my shot.png"):
        await textile.add_attachment(key, Attachment(name=name, media_type="image/png"), file, "m")
    item = await textile.read(key)
    assert item.description == text
    assert await description(alice, key) == "See !a_b.png! and !my%20shot.png!"


@pytest.mark.parametrize("formatting", ["markdown", "common_mark", "none"])
async def test_every_other_markup_is_kept_as_it_is(formatting: str) -> None:
    texts, odd = Texts(formatting), "* a\n\t* b  \n*c* @d@ h1. e"  # type: ignore[arg-type]
    assert await texts.read(odd, ()) == odd
    assert await texts.write(odd, "", ()) == odd


SAID = [
    "## A title",
    "**a** *b* ~~c~~ `d e` <ins>f</ins>",
    "- a\n  - b\n    - c\n- d",
    "1. a\n2. b\n   - c",
    "| a | b |\n| --- | --- |\n| 1 | 2 |",
    "> a\n>\n> - b\n> - c",
    "```\nif a < b && *c*\n```",
    "[a](http://b.c/d_(e)) and http://f.g/h_i_j.",
    '\\*a\\* \\_b\\_ \\~c\\~ -d- +e+ ^f^ @g@ "h":http://i.j !k.png!',
    "\\# a\n\\* b\n\\> c\n|d|",
    "h1. a",
    "a \\<b> &amp;lt; \\<code>c\\</code> \\<pre>",
    "`<b>` `&lt;` `a|b`",
    "a\nb\nc",
    "---",
    "**a *b* c** ~~*d*~~",
    "snake_case 2 * 3 a-b-c C++ ++i --x",
]


def test_redmine_shows_what_was_meant(redmine_server: RedmineServer, tmp_path: Path) -> None:
    """The judge is Redmine's own Textile: the HTML that it makes of ours, read as Markdown, says the same."""
    given, made = tmp_path / "given.json", tmp_path / "made.json"
    given.write_text(json.dumps([TEXTILE.from_markdown(markdown) for markdown in (*SAID, marked("a", "m-1"))]))
    redmine_server.ruby(
        f"texts = JSON.parse(File.read('{given}'))\n"
        f"File.write('{made}', JSON.dump(texts.map {{ |text| Redmine::WikiFormatting.to_html('textile', text) }}))"
    )
    shown = [HTML.to_markdown(html) for html in json.loads(made.read_text())]
    assert shown == [*(spelled(markdown) for markdown in SAID), "a"]
