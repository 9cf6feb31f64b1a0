"""Filters for items: `status = open and label = shared and not type = epic`.

    comparison   = field ("=" | "!=" | "~" | "<" | "<=" | ">" | ">=") value
                 | field ["not"] "in" "(" value {"," value} ")"
                 | field "is" ["not"] "empty"
    term         = "not" term | "(" filter ")" | comparison
    filter       = term {("and" | "or") term}       -- `and` binds closer

Fields are those of items (key, summary, description, type, status, resolution, priority, label, assignee, reporter,
due, parent) and any other key of the front matter. `=` does not mind capitals; `~` asks whether a text contains
another. People are known by any of username, e-mail and name. Values with spaces or signs stand in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.errors import WriteRefused
from accord.trackers.markdown.nearest import nearest

TOKEN = re.compile(r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<sign><=|>=|!=|[=~<>(),])|(?P<word>[^\s=~<>(),!"']+))""")
FIELDS = (
    *("key", "summary", "description", "type", "status", "resolution", "priority", "label", "labels"),
    *("assignee", "reporter", "due", "parent"),
)
SIGNS = ("=", "!=", "~", "<", "<=", ">", ">=")
Values = Mapping[str, JsonValue]
Filter = Callable[[Values], bool]


@dataclass(frozen=True)
class Token:
    """A piece of a query, and where it begins, from 1."""

    text: str
    position: int
    quoted: bool = False

    def means(self, *words: str) -> bool:
        return not self.quoted and self.text.casefold() in words


class Query:
    """A query, understood. `fields` are the names that it asks for."""

    def __init__(self, text: str) -> None:
        """Raises WriteRefused with the position of what is wrong."""
        self._tokens, self._at, self._text = _tokens(text), 0, text
        self.fields: dict[str, int] = {}
        self._filter = self._any()
        if self._peek():
            raise self._wrong("Here should be `and` or `or`")

    def matches(self, values: Values) -> bool:
        """Whether an item with these values, by name, is among those asked for."""
        return self._filter(values)

    def refuse_unknown(self, known: set[str], strict: bool) -> None:
        """Raises WriteRefused for a field that no item has: always if `strict`, else if its name is nearly right."""
        for name, position in self.fields.items():
            hint = nearest(name, {*FIELDS, *known})
            if name not in known and name not in FIELDS and (strict or hint.startswith("Did")):
                raise self._refused(f"There is no field {name!r}", position, hint)

    def _any(self) -> Filter:
        filters = [self._all()]
        while self._take("or"):
            filters.append(self._all())
        return lambda values: any(one(values) for one in filters)

    def _all(self) -> Filter:
        filters = [self._term()]
        while self._take("and"):
            filters.append(self._term())
        return lambda values: all(one(values) for one in filters)

    def _term(self) -> Filter:
        if self._take("not"):
            term = self._term()
            return lambda values: not term(values)
        if self._take("("):
            inner = self._any()
            self._demand(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Filter:
        name = self._name()
        if self._take("is"):
            negated = self._take("not")
            self._demand("empty")
            return _negated(lambda values: not _texts(values.get(name)), negated)
        negated = self._take("not")
        if self._take("in"):
            options = self._options()
            return _negated(lambda values: any(_equals(values.get(name), option) for option in options), negated)
        sign = self._peek()
        if negated or sign is None or sign.quoted or sign.text not in SIGNS:
            raise self._wrong(f"After {name} should come one of {' '.join(SIGNS)} or `in` or `is empty`")
        self._at += 1
        value = self._value()
        if sign.text in ("=", "!="):
            return _negated(lambda values: _equals(values.get(name), value), sign.text == "!=")
        if sign.text == "~":
            return lambda values: any(value.casefold() in text.casefold() for text in _texts(values.get(name)))
        return lambda values: any(_compares(text, sign.text, value) for text in _texts(values.get(name)))

    def _name(self) -> str:
        token = self._peek()
        if token is None or (not token.quoted and (token.text in {*SIGNS, "(", ")", ","} or token.means("and", "or"))):
            raise self._wrong("Here should be the name of a field")
        self._at += 1
        name = token.text.removeprefix("fields.")
        name = "label" if name == "labels" else name
        self.fields.setdefault(name, token.position)
        return name

    def _options(self) -> list[str]:
        self._demand("(")
        options = [self._value()]
        while self._take(","):
            options.append(self._value())
        self._demand(")")
        return options

    def _value(self) -> str:
        token = self._peek()
        if token is None or (not token.quoted and token.text in {*SIGNS, "(", ")", ","}):
            raise self._wrong("Here should be a value")
        self._at += 1
        return token.text

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, word: str) -> bool:
        token = self._peek()
        taken = token is not None and token.means(word)
        self._at += taken
        return taken

    def _demand(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(f"Here should be `{word}`")

    def _wrong(self, message: str) -> WriteRefused:
        token = self._peek()
        return self._refused(message, token.position if token else len(self._text) + 1)

    def _refused(self, message: str, position: int, remedy: str | None = None) -> WriteRefused:
        return WriteRefused(
            f"{message}, at position {position} of the query: {self._text[max(0, position - 21) : position + 19]!r}.",
            remedy=remedy or "A query looks like: status = open and label in (shared, urgent).",
            column=position,
            field="query",
            value=self._text,
        )


def _tokens(text: str) -> list[Token]:
    tokens, at = [], 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            position = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise WriteRefused(
                f"This can't be understood, at position {position} of the query.",
                remedy="Put texts with signs in quotes, and close every quote.",
                column=position,
                field="query",
                value=text,
            )
        piece, position = found[found.lastgroup or 0], found.start(found.lastgroup or 0) + 1
        quoted = found.lastgroup == "text"
        tokens.append(Token(piece[1:-1] if quoted else piece, position, quoted))
        at = found.end()
    return tokens


def _negated(inner: Filter, negated: bool) -> Filter:
    return (lambda values: not inner(values)) if negated else inner


def _texts(value: JsonValue) -> list[str]:
    """A value as the texts that it may be asked for by; none if it is empty."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def _equals(value: JsonValue, wanted: str) -> bool:
    return any(text.casefold() == wanted.casefold() for text in _texts(value))


def _compares(text: str, sign: str, wanted: str) -> bool:
    try:
        one, other = float(text), float(wanted)
    except ValueError:
        return _ordered(text, sign, wanted)
    return _ordered(one, sign, other)


def _ordered(one: float | str, sign: str, other: float | str) -> bool:
    if sign[0] == "<":
        return one < other or (sign == "<=" and one == other)  # type: ignore[operator]
    return one > other or (sign == ">=" and one == other)  # type: ignore[operator]
