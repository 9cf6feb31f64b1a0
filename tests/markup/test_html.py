"""HTML of mails and editors."""

from __future__ import annotations

import pytest

from accord.markup import HTML, Refs, sanitised

SAME = [
    ("<p>a <strong>b</strong> <em>c</em> <del>d</del></p>", "a **b** *c* ~~d~~"),
    ("<h2>Title</h2>", "## Title"),
    ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
    ('<ol start="3"><li>a</li></ol>', "3. a"),
    ("<blockquote><p>a</p></blockquote>", "> a"),
    ('<pre><code class="language-py">x = 1\n</code></pre>', "```py\nx = 1\n```"),
    ('<p>see <a href="http://a.b/c">http://a.b/c</a></p>', "see http://a.b/c"),
    ('<p><img src="a.png" alt="b"></p>', "![b](a.png)"),
    ("<p>a<br>b</p>", "a\nb"),
]


@pytest.mark.parametrize(("html", "markdown"), SAME)
def test_both_say_the_same(html: str, markdown: str) -> None:
    assert HTML.to_markdown(html) == markdown
    assert HTML.from_markdown(markdown) == html


def test_a_mail_of_outlook_is_text() -> None:
    mail = (
        "<p class=MsoNormal><span style='font-size:11pt;color:#1F497D'>Dear all,<o:p></o:p></span></p>"
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal><b>Bye</b></p>"
    )
    assert HTML.to_markdown(mail) == "Dear all,\n\n**Bye**"


def test_merged_cells_are_kept_and_restored() -> None:
    table = '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'
    markdown = HTML.to_markdown(table)
    assert markdown == f"```kept-html\n{table}\n```"
    assert HTML.from_markdown(markdown) == table


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "```kept-html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
    "[x](javascript:alert(1)) <javascript:alert(1)>",
    '<span data-html="<script>alert(1)</script>">x</span>',
    '![x](x" onerror="alert(1))',
    '[x](<http://a.b/" onclick="alert(1)>)',
    '```x" onclick="alert(1)\ny\n```',
]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_that_runs_comes_out(text: str) -> None:
    again, rewritten = HTML.from_markdown(HTML.to_markdown(text)), HTML.rewrite(text, text + "\n\nx")
    for html in (HTML.from_markdown(text), again, rewritten):
        assert sanitised(html) == html
        bare = sanitised(html).lower()
        assert "<script" not in bare
        assert 'href="javascript' not in bare
        assert not any(f"<{tag} {event}" in bare for tag in ("img", "a", "code") for event in ("onerror", "onclick"))


def test_a_mention_of_somebody_known_is_their_name() -> None:
    refs = Refs(name_of={"1-2": "alice"}.get, account_of={"alice": "1-2"}.get)
    html = '<p><a href="#" data-vss-mention="version:2.0,1-2">@alice</a> look</p>'
    assert HTML.to_markdown(html, refs) == "@alice look"
    assert HTML.from_markdown("@alice look", refs) == html


def test_an_inline_image_is_the_attachment_that_it_is() -> None:
    refs = Refs(file_of={"cid:1@x": "shot 1.png"}.get, target_of={"shot 1.png": "cid:1@x"}.get)
    assert HTML.to_markdown('<img src="cid:1@x">', refs) == "![](shot%201.png)"
    assert HTML.from_markdown("![](shot%201.png)", refs) == '<p><img src="cid:1@x" alt=""></p>'
