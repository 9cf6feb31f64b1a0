"""Textile as Redmine has it."""

from __future__ import annotations

import pytest

from accord.markup import TEXTILE, Refs, spelled

SAME = [
    ("h2. Title", "## Title"),
    ("*a* _b_ -c- +d+ ^e^ ~f~", "**a** *b* ~~c~~ <ins>d</ins> <sup>e</sup> <sub>f</sub>"),
    ("* a\n** b\n* c", "- a\n  - b\n- c"),
    ("# a\n# b", "1. a\n2. b"),
    ("* [x] a\n* [ ] b", "- [x] a\n- [ ] b"),
    ("|_. a|_. b|\n|1|2|", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
    ('<pre><code class="ruby">\nputs 1\n</code></pre>', "```ruby\nputs 1\n```"),
    ("> a\n> > b", "> a\n>\n> > b"),
    ('"a":http://b.c/d_(e).', "[a](<http://b.c/d_(e)>)."),
    ("!a.png(b)!", "![b](a.png)"),
    ("@a b@ and a@b.c", "`a b` and a@b.c"),
    ("a - b snake_case x-y 2*3", "a - b snake_case x-y 2*3"),
    ("{{toc}} [[Wiki|x]] #12 %{color:red}y%", "{{toc}} [[Wiki|x]] #12 %{color:red}y%"),
    ("p{color:red}. styled", "p{color:red}. styled"),
    ("---", "---"),
    ("a\nb", "a\nb"),
]


@pytest.mark.parametrize(("textile", "markdown"), SAME)
def test_both_say_the_same(textile: str, markdown: str) -> None:
    assert TEXTILE.to_markdown(textile) == markdown
    assert TEXTILE.to_markdown(TEXTILE.from_markdown(markdown)) == markdown


@pytest.mark.parametrize(
    "kept", ["|\\2. both|\n|a|b|", "text <notextile>*a*</notextile>", "<pre>\nnever closed", "|(red). a|"]
)
def test_what_markdown_cannot_say_is_kept_and_restored(kept: str) -> None:
    markdown = TEXTILE.to_markdown(f"before\n\n{kept}")
    assert markdown == f"before\n\n```kept-textile\n{kept}\n```"
    assert TEXTILE.from_markdown(markdown) == f"before\n\n{kept}"


@pytest.mark.parametrize(
    "markdown", ["5. a\n6. b", "- a\n\n  ```\n  b\n  ```", "> ```\n> a\n> ```", "```\n</pre>\n```"]
)
def test_what_textile_cannot_say_is_kept_and_restored(markdown: str) -> None:
    textile = TEXTILE.from_markdown(markdown)
    assert textile.startswith('<pre><code class="kept-markdown')
    assert TEXTILE.to_markdown(textile) == markdown


@pytest.mark.parametrize(
    "text", ["h1. x", "* x", "\\*x\\*", "\\# x", "p. x", "bq. x", "\\<pre>", "&amp;lt;", "!x.png!", '"x":http://y']
)
def test_text_that_looks_like_textile_stays_text(text: str) -> None:
    assert TEXTILE.to_markdown(TEXTILE.from_markdown(f"a {text}")) == spelled(f"a {text}")


def test_only_the_edited_block_is_rewritten() -> None:
    now = "h1.  Odd   spelling\n\n* one\n\nbq. Said\n\nEnd."
    markdown = TEXTILE.to_markdown(now)
    edited = TEXTILE.rewrite(now, markdown.replace("End.", "The *end*."))
    assert edited == "h1.  Odd   spelling\n\n* one\n\nbq. Said\n\nThe _end_."
    assert TEXTILE.rewrite(now, markdown) == now


def test_files_are_called_by_their_names() -> None:
    refs = Refs(file_of={"a_b.png": "a?b.png"}.get, target_of={"a?b.png": "a_b.png"}.get)
    assert TEXTILE.to_markdown("!a_b.png!", refs) == "![](a%3Fb.png)"
    assert TEXTILE.from_markdown("![](a%3Fb.png)", refs) == "!a_b.png!"
