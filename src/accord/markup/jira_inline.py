"""Words within a block of Jira's wiki markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from accord.markup.markdown_reading import pair_tags
from accord.markup.marks import mark_for
from accord.markup.phrases import Found, Phrases
from accord.markup.references import Refs
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

STYLES = {"*": "strong", "_": "em", "-": "del", "+": "ins", "^": "sup", "~": "sub"}
SIGNS = {style: sign for sign, style in STYLES.items()}
WINDOW = 2000
MONO = re.compile(r"\{\{(?P<code>(?! )[^{}\n]{1,1500}?(?<! ))\}\}(?!\})")
LINK = re.compile(r"\[(?:(?P<text>[^\[\]|\n]{1,1000})\|)?(?P<url>(?:https?://|ftp://|mailto:|/)[^\s|\[\]]{1,1500})\]")
USER = re.compile(r"\[~(?P<account>[^\[\]|\s]{1,200})\]")
IMAGE = re.compile(
    r"!(?P<url>[^\s!|\[\]{}*]+(?: [^\s!|\[\]{}*]+)*\.\w{2,5}|https?://[^\s!|]+)(?:\|(?P<how>[^!\n]{1,300}))?!"
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
RAW = re.compile(r"&#60;(?P<tag>/?[A-Za-z](?:[^<>\n&]|&(?!#60;))*|!--(?:[^<>\n&]|&(?!#60;))*--)>")
# What leads to a person, a file or a place in the page: Markdown has no word for it.
PLACE = re.compile(r"\[[~^#][^\[\]|\n]{1,300}\]")
HOW = re.compile(r"(?:(?P<rest>.*),)?alt=(?P<alt>[^,|!\n]+)")
TARGET = re.compile(r"(?:https?://|ftp://|mailto:|/)[^\s|\[\]]+")
MEANT = re.compile(r"\{(?:code|noformat|quote)\b")
MACRO = re.compile(r"\{(?:color|anchor)[^{}\n]{0,200}\}")
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~")


@dataclass(frozen=True)
class _Special:
    refs: Refs

    def __call__(self, text: str, at: int, depth: int) -> Found | None:
        match text[at]:
            case "\\":
                return _escape(text, at)
            case "\n":
                return (Break(),), at + 1
            case "{":
                if found := MONO.match(text, at):
                    return (Code(_plain(found["code"])),), found.end()
                found = MACRO.match(text, at)
                return ((Text(found[0]),), found.end()) if found else None
            case "[":
                return self._link(text, at, depth)
            case "!":
                found = IMAGE.match(text, at, at + WINDOW) if at == 0 or not text[at - 1].isalnum() else None
                if not found:
                    return None
                how = HOW.fullmatch(found["how"] or "")
                alt, title = (how["alt"], how["rest"] or "") if how else ("", found["how"] or "")
                return (Image(found["url"].replace(" ", "%20"), alt, title),), found.end()
            case "&":
                if raw := RAW.match(text, at):
                    return (Html(f"<{raw['tag']}>"),), raw.end()
                found = ENTITY.match(text, at)
                letter = unescape(found[0]) if found else ""
                return (
                    ((Text(letter),), found.end()) if found and letter != found[0] and letter not in "\n\t\0" else None
                )
        return None

    def _link(self, text: str, at: int, depth: int) -> Found | None:
        if user := USER.match(text, at):
            name = self.refs.name_of(user["account"])
            return (Text(f"@{name}" if name else user[0]),), user.end()
        if place := PLACE.match(text, at):
            return (Text(place[0]),), place.end()
        found = LINK.match(text, at, at + WINDOW)
        if not found:
            return None
        url = unescape(found["url"])
        shown = found["text"]
        inner = pair_tags(phrases(self.refs).read(shown, depth + 1)) if shown else (Text(url.removeprefix("mailto:")),)
        return (Link(url, inner),), found.end()


def _escape(text: str, at: int) -> Found | None:
    behind = text[at + 1 : at + 2]
    if behind == "\\":
        # A forced line break, which may stand before one.
        return (Break(),), at + 2 + (text[at + 2 : at + 3] == "\n")
    return ((Text(behind),), at + 2) if behind in PUNCTUATION and behind else None


def _plain(text: str) -> str:
    """What stands between double braces, where signs must be escaped as everywhere."""
    return unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


def phrases(refs: Refs) -> Phrases:
    return Phrases(
        STYLES,
        before=re.compile(r"[\s(\[>*_+^~\-\"',.;:|}]"),
        after=re.compile(r"""[\s!"'()*,\-./:;?\[\]_{}<+^~|\\&]"""),
        triggers="\\\\\\n{\\[!&",
        special=_Special(refs),
    )


def read_inline(text: str, refs: Refs) -> Inlines:
    return pair_tags(phrases(refs).read(text))


@dataclass(frozen=True)
class InlineWriter:
    careful: bool = False
    cell: bool = False

    def write(self, inlines: Inlines, last: str = "", signs: str | None = None) -> str:
        """`signs` are those that could make a pair: one alone means nothing."""
        signs = _paired(inlines) if signs is None else signs
        out: list[str] = []
        for number, node in enumerate(inlines):
            previous = next((part[-1] for part in reversed(out) if part), last)
            following = inlines[number + 1] if number + 1 < len(inlines) else None
            out.append(self.node(node, previous, following, signs))
        return "".join(out)

    def node(self, node: Inline, last: str, following: Inline | None, signs: str) -> str:
        match node:
            case Text(text):
                return self.text(text, last, following, signs)
            case Break():
                return "\\\\ " if self.cell else "\n"
            case Code(text):
                return "{{" + re.sub(r"([{}*_+^~|!\[\]\\-])", _sign, re.sub(r"&(?=#?\w+;)", "&#38;", text)) + "}}"
            case Html(text):
                return _raw(text)
            case Styled(style, inner):
                return self.styled(style, inner, last, following, signs)
            case Link(url, inner, title):
                shown = self.write(inner, "[", signs)
                if (
                    title
                    or re.search(r"[\s|\[\]]", url)
                    or not re.match(r"https?://|ftp://|mailto:|/", url)
                    or self.careful
                ):
                    named = f' title="{escape(title)}"' if title else ""
                    return _raw(f'<a href="{escape(url)}"{named}>') + shown + _raw("</a>")
                return f"[{shown}|{url}]"
            case Image(url, alt, title):
                how = ",".join(part for part in (title, f"alt={alt}" if alt else "") if part)
                return f"!{url.replace('%20', ' ')}{'|' if how else ''}{how}!"
            case Mention(account):
                return f"[~{account}]"
            case Marked(format_, source, inner):
                return _raw(mark_for(format_, source)) + self.write(inner, ">", signs) + _raw("</span>")
        raise AssertionError(node)

    def link(self, url: str, shown: str, title: str) -> str:
        if title or not TARGET.fullmatch(url) or self.careful:
            named = f' title="{escape(title)}"' if title else ""
            return _raw(f'<a href="{escape(url)}"{named}>') + shown + _raw("</a>")
        return f"[{shown}|{url}]"

    def styled(self, style: str, inner: Inlines, last: str, following: Inline | None, signs: str) -> str:
        sign = SIGNS.get(style, "")
        inside = self.write(inner, sign, signs)
        opens = not last or (last != sign and bool(re.match(r"[\s(\[>*_+^~\-\"',.;:|}]", last)))
        behind = _first(following)
        closes = not behind or (behind != sign and bool(re.match(r"""[\s!"'()*,\-./:;?\[\]_{}<+^~|\\&]""", behind)))
        if self.careful or not sign or not opens or not closes or inside.startswith(sign):
            return _raw(f"<{style}>") + self.write(inner, ">", signs) + _raw(f"</{style}>")
        return sign + inside + sign

    def text(self, text: str, last: str, following: Inline | None, signs: str) -> str:
        if self.careful:
            return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", text).replace("&#60;", "&lt;")
        out: list[str] = []
        done = 0
        for found in re.finditer(r"\[[~^#][^\[\]|\n]{1,300}\]|[*_\-+^~!\[{\\&|]", text):
            at = found.start()
            before = text[at - 1] if at else last
            if len(found[0]) > 1 or (found[0] in STYLES and found[0] not in signs):
                continue
            if not self._means(text, at, before, following):
                continue
            escaped = f"&#{ord(found[0])};" if found[0] in "&\\" else f"\\{found[0]}"
            out += [text[done:at], escaped]
            done = at + 1
        return "".join(out) + text[done:]

    def _means(self, text: str, at: int, before: str, following: Inline | None) -> bool:
        """Whether a sign might be taken for one."""
        sign, behind = text[at], text[at + 1 : at + 2] or _first(following)
        match sign:
            case "\\":
                return behind in PUNCTUATION or behind in ("\\", "")
            case "&":
                return bool(ENTITY.match(text, at))
            case "|":
                return self.cell
            case "{":
                return (
                    behind == "{" or before == "{" or bool(re.match(r"\{(?:code|noformat|quote)\b", text[at : at + 12]))
                )
            case "[":
                return bool(LINK.match(text, at, at + WINDOW))
            case "!":
                return bool(IMAGE.match(text, at, at + WINDOW))
        opens = not behind.isspace() and bool(behind) and (not before or not before.isalnum())
        closes = bool(before) and not before.isspace() and not behind.isalnum()
        return opens or closes


def _paired(inlines: Inlines) -> str:
    """The signs that occur more than once, or around something."""
    around = {SIGNS[style] for style in _styles(inlines) if style in SIGNS}
    text = plain(inlines)
    return "".join(sign for sign in STYLES if sign in around or text.count(sign) > 1)


def _styles(inlines: Inlines) -> set[str]:
    found: set[str] = set()
    for node in inlines:
        if isinstance(node, Styled):
            found.add(node.style)
        if isinstance(node, Styled | Link | Marked):
            found |= _styles(node.inlines)
    return found


def _raw(tag: str) -> str:
    return f"&#60;{tag[1:]}"


def _sign(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _first(node: Inline | None) -> str:
    match node:
        case None | Break():
            return ""
        case Text(text):
            return text[0]
        case Styled(style):
            return SIGNS.get(style, "&")
        case Code():
            return "{"
        case Link() | Mention():
            return "["
        case Image():
            return "!"
        case _:
            return "&"
