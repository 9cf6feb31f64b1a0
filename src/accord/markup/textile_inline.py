"""Words within a block of Textile, as Redmine has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from accord.markup.markdown_reading import pair_tags
from accord.markup.marks import mark_for
from accord.markup.phrases import Found, Phrases
from accord.markup.tree import (
    Break,
    Code,
    Html,
    Image,
    Inline,
    Inlines,
    Link,
    Marked,
    Mention,
    Styled,
    Text,
    plain,
)

STYLES = {"**": "strong", "*": "strong", "__": "em", "_": "em", "-": "del", "+": "ins", "^": "sup", "~": "sub"}
SIGNS = {"strong": "*", "em": "_", "del": "-", "ins": "+", "sup": "^", "sub": "~"}
WINDOW = 2000  # letters within which a link, an image or a piece of code ends

LINK = re.compile(
    r'"(?P<text>[^"\n(][^"\n]{0,500}?|[^"\n(])(?:\s?\((?P<title>[^)("\n]{1,200})\))?":'
    r"(?P<url>(?:/|[a-zA-Z]{2,12}://|www\.|mailto:)[A-Za-z0-9_/][^\s<]*)"
)
TAIL = re.compile(r"[^\w=/;()\-]+$")
IMAGE = re.compile(
    r"!(?P<attributes>[<=>]?(?:\{[^{}\"!]{1,100}\}|\([^()\"!]{1,100}\))?)(?P<url>[^\s(){}<=>!|\"][^\s(!|\"]{0,500}?)"
    r"(?:\((?P<alt>[^()!|]{1,300})\))?!(?::(?P<link>(?:/|https?://)[A-Za-z0-9_/][^\s<]*))?(?=[\s.,;:)<|]|$)"
)
ATTRIBUTES = re.compile(r"[<=>]?(?:\{[^{}\"!]{1,100}\}|\([^()\"!]{1,100}\))?")
CODE = re.compile(r"@(?!\s*@)(?P<code>[^@|<\n]{1,2000})@(?=[^\w@]|$)")
CLOSING = re.compile(r"(?<=\S)@(?=[^\w@]|$)")
CODE_TAG = re.compile(r"<code>(?P<code>(?!\s*</)[^<\n]*(?:<(?!/?(?:code|pre|kbd|notextile)\b)[^<\n]*)*)</code>")
KBD_TAG = re.compile(r"<kbd>(?P<text>[^<>\n]{1,200})</kbd>")
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
RAW = re.compile(r"&#60;(?P<tag>/?[A-Za-z](?:[^<>\n&]|&(?!#60;))*|!--(?:[^<>\n&]|&(?!#60;))*--)>")
COMMENT = re.compile(r"<!--[^<>]{0,2000}-->")
SAFE_TARGET = re.compile(r"(?:/|https?://|ftp://|www\.|mailto:)[A-Za-z0-9_/][^\s<>\"]*")


def special(text: str, at: int, depth: int) -> Found | None:
    """What begins at a place with a letter that is no sign."""
    match text[at]:
        case '"':
            return _link(text, at, depth)
        case "!":
            return _image(text, at)
        case "@":
            found = CODE.match(text, at) if at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_") else None
            return ((Code(unescape(found["code"])),), found.end()) if found else None
        case "&":
            return _entity(text, at)
        case "<":
            return _tag(text, at)
        case "\n":
            return (Break(),), at + 1
    return None


def _link(text: str, at: int, depth: int) -> Found | None:
    if at and text[at - 1].isalnum():
        return None
    found = LINK.match(text, at, at + WINDOW)
    if not found:
        return None
    url, end = _without_tail(found["url"], found.end())
    return (
        Link(unescape(url), pair_tags(PHRASES.read(found["text"], depth + 1)), unescape(found["title"] or "")),
    ), end


def _without_tail(url: str, end: int) -> tuple[str, int]:
    """An address without the punctuation behind it."""
    bare = TAIL.sub("", url)
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = TAIL.sub("", bare[:-1])
    return bare, end - len(url) + len(bare)


def _image(text: str, at: int) -> Found | None:
    if at and text[at - 1] not in " \n\t>":
        return None
    found = IMAGE.match(text, at, at + WINDOW)
    if not found:
        return None
    image = Image(unescape(found["url"]), unescape(found["alt"] or ""), found["attributes"])
    if not found["link"]:
        return (image,), found.end()
    url, end = _without_tail(found["link"], found.end())
    return (Link(unescape(url), (image,)),), end


def _entity(text: str, at: int) -> Found | None:
    if raw := RAW.match(text, at):
        return (Html(f"<{raw['tag']}>"),), raw.end()
    found = ENTITY.match(text, at)
    if not found or (letter := unescape(found[0])) == found[0] or letter in "\n\t\0":
        return None
    return (Text(letter),), found.end()


def _tag(text: str, at: int) -> Found | None:
    if found := CODE_TAG.match(text, at, at + WINDOW):
        return (Code(found["code"]),), found.end()
    if found := KBD_TAG.match(text, at):
        return (Styled("kbd", (Text(unescape(found["text"])),)),), found.end()
    if found := COMMENT.match(text, at):
        return (Html(found[0]),), found.end()
    return None


PHRASES = Phrases(
    STYLES,
    before=re.compile(r"[\s(>*_+^~-]"),
    after=re.compile(r"""[\s!"#%&'()*,\-./:;?@\[\]_{}<+^~|]"""),
    triggers='"!@&<\\n',
    special=special,
)


def read_inline(text: str) -> Inlines:
    return pair_tags(PHRASES.read(text))


@dataclass(frozen=True)
class InlineWriter:
    """`careful`: only words that can't be taken for anything else. `cell`: within a table."""

    careful: bool = False
    cell: bool = False

    def write(self, inlines: Inlines, within: str = "", last: str = "") -> str:
        """`within` are the signs that must not occur, being around."""
        out: list[str] = []
        later = _signs_behind(inlines)
        for number, node in enumerate(inlines):
            previous = next((part[-1] for part in reversed(out) if part), last)
            following = inlines[number + 1] if number + 1 < len(inlines) else None
            out.append(self.node(node, within + later[number], previous, following))
        return "".join(out)

    def node(self, node: Inline, escaped: str, last: str, following: Inline | None) -> str:
        match node:
            case Text(text):
                return self.text(text, escaped, last)
            case Break():
                return "\n"
            case Code(text):
                return self.code(text, last, following)
            case Html(text):
                return text if COMMENT.fullmatch(text) else f"&#60;{text[1:]}"
            case Styled(style, inner):
                return self.styled(style, inner, escaped, last, following)
            case Link(url, inner, title):
                return self.link(url, inner, title, escaped, last)
            case Image(url, alt, title):
                known = ATTRIBUTES.fullmatch(title) and re.fullmatch(r"[^\s()!|\"]+", url)
                return (
                    f"!{title}{url}{f'({alt})' if alt else ''}!"
                    if known
                    else self.text(f"![{alt}]({url})", escaped, last)
                )
            case Mention(account):
                return f"@{account}"
            case Marked(format_, source, inner):
                return self.raw(mark_for(format_, source)) + self.write(inner, escaped, ">") + self.raw("</span>")
        raise AssertionError(node)

    def raw(self, tag: str) -> str:
        return f"&#60;{tag[1:]}"

    def styled(self, style: str, inner: Inlines, escaped: str, last: str, following: Inline | None) -> str:
        if style == "kbd":
            return f"<kbd>{escape(plain(inner), quote=False)}</kbd>"
        sign = SIGNS[style]
        inside = self.write(inner, escaped + sign, sign)
        opens = not last or (bool(re.match(r"[\s(>*_+^~-]", last)) and last != sign)
        if self.careful or not opens or not _closes(following, sign) or inside.startswith(sign):
            return f"{self.raw(f'<{style}>')}{self.write(inner, escaped, '>')}{self.raw(f'</{style}>')}"
        return sign + inside + sign

    def link(self, url: str, inner: Inlines, title: str, escaped: str, last: str) -> str:
        good = SAFE_TARGET.fullmatch(url) and _without_tail(url, 0)[0] == url and not self.careful
        inside = self.write(inner, escaped + '"', '"')
        if len(inner) == 1 and isinstance(inner[0], Image) and good and not title:
            return f"{inside}:{url}"
        if good and not last.isalnum() and "(" not in inside and "\n" not in inside and "(" not in title:
            return f'"{inside}{f"({title})" if title else ""}":{url}'
        attributes = f'href="{escape(url)}"' + (f' title="{escape(title)}"' if title else "")
        return self.raw(f"<a {attributes}>") + self.write(inner, escaped, ">") + self.raw("</a>")

    def code(self, text: str, last: str, following: Inline | None) -> str:
        alone = not last or not (last.isalnum() or last == "_")
        behind = plain((following,))[:1] if following else ""
        fits = alone and not (behind.isalnum() or (behind in ("_", "@") and behind))
        if fits and not re.search(r"[@|\n]", text) and text.strip() == text and not self.careful:
            return f"@{re.sub(ENTITY, _as_text, text).replace('<', '&lt;')}@"
        return f"<code>{text}</code>"

    def text(self, text: str, escaped: str, last: str) -> str:
        if self.careful:
            return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", text).replace("&#60;", "&lt;")
        text = re.sub(r"&(?=#?\w{1,31};)", "&#38;", text)
        text = re.sub(r"<(?=/?(?:code|pre|kbd|notextile|redpre)\b|!--)", "&lt;", text)
        if self.cell:
            text = text.replace("|", "&#124;")
        out: list[str] = []
        done = 0
        ends = {sign: text.rfind(sign) for sign in "*_-+^~!"} | {'"': text.rfind('":')}
        ends["@"] = max((found.start() for found in CLOSING.finditer(text)), default=-1)
        for found in re.finditer(r'[*_\-+^~@"!]', text):
            at, sign = found.start(), found[0]
            before = text[at - 1] if at else last
            again = ends[sign] > at or (sign in escaped and sign not in '"@')
            if (sign in escaped and sign != "@" and self._signs(text, at)) or (
                again and self._begins(text, at, sign, before)
            ):
                out += [text[done:at], f"&#{ord(sign)};"]
                done = at + 1
        out.append(text[done:])
        return "".join(out)

    def _signs(self, text: str, at: int) -> bool:
        """Whether a sign might end what is around."""
        behind = text[at + 1 : at + 2]
        return not (behind.isalnum() and at > 0) and not (behind.isspace() and text[at - 1 : at].isspace())

    def _begins(self, text: str, at: int, sign: str, before: str) -> bool:
        behind = text[at + 1 : at + 2]
        if sign == '"':
            return True
        if sign == "@":
            return not (before.isalnum() or before == "_")
        if sign == "!":
            return not before or before in " \n\t>"
        return (not before or bool(PHRASES.before.match(before))) and not behind.isspace()


def _as_text(entity: re.Match[str]) -> str:
    return f"&#38;{entity[0][1:]}"


def _signs_behind(inlines: Inlines) -> list[str]:
    """For each node, the signs in those behind it."""
    out: list[str] = []
    seen: set[str] = set()
    for node in reversed(inlines):
        out.append("".join(sorted(seen)))
        if isinstance(node, Styled) and node.style in SIGNS:
            seen.add(SIGNS[node.style])
        if isinstance(node, Link):
            seen.add('"')
        if isinstance(node, Code):
            seen.add("@")
        if not isinstance(node, Text):
            seen |= set(plain((node,))) & set('*_-+^~"!')
        else:
            seen |= set(node.text) & set('*_-+^~"!')
    return out[::-1]


def _closes(following: Inline | None, sign: str) -> bool:
    """Whether a sign may close before this."""
    match following:
        case None | Break():
            return True
        case Text(text):
            return bool(PHRASES.after.match(text[0])) and text[0] != sign
        case Html() | Marked():
            return True
        case Code() | Link():
            return False
        case _:
            return False
