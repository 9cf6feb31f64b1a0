"""What a script finds beside its own code. Read as source by both ways of running a script, so it must stay within
what the sandbox's Python knows: no inheritance, no `del`, no `yield`, no decorators."""

from collections import namedtuple
from typing import Any, Callable  # noqa: UP035

# What is not said at all, unlike None, which says that it is empty. False in conditions, which the sandbox leaves only
# to what is built in.
Absent = namedtuple("Absent", [])
absent = Absent()


class Person:
    """Somebody, by whichever of these is known."""

    def __init__(self, username: Any = None, email: Any = None, name: Any = None) -> None:
        self.username = username
        self.email = email
        self.name = name


class Comment:
    """A comment of an item or a replica."""


class Attachment:
    """A file of an item or a replica."""


class WorkLog:
    """Time spent on an item."""


class Link:
    """A relation to another item."""


class Item:
    """The item here."""


class Replica:
    """What travels."""


class Received:
    """What came."""


class OutgoingContext:
    """What outgoing rules are told besides."""

    def person(self: Any, who: Any) -> Any:
        return _person_called(self.people, who)

    def option(self: Any, path: Any, text: Any) -> Any:
        return _option_called(self.fields, path, text)

    def unsync(self: Any) -> None:
        self._asks["unsync"] = True


class Context:
    """What incoming rules are told besides."""

    def person(self: Any, who: Any) -> Any:
        return _person_called(self.people, who)

    def option(self: Any, path: Any, text: Any) -> Any:
        return _option_called(self.fields, path, text)

    def twin(self: Any, key: Any) -> Any:
        if not key:
            return None
        if key not in self._twins and key not in self._looked_up:
            self._looked_up.append(key)
        return self._twins.get(key)

    def unsync(self: Any) -> None:
        self._asks["unsync"] = True

    def sync_back(self: Any) -> None:
        self._asks["sync_back"] = True


def _person_called(people: Any, who: Any) -> Any:
    wanted = [who.email, who.username] if isinstance(who, Person) else [who]
    wanted = [one.casefold() for one in wanted if one]
    for way in ("username", "email", "name"):
        for person in people:
            if (getattr(person, way) or "").casefold() in wanted:
                return person
    return None


def _option_called(fields: Any, path: Any, text: Any) -> Any:
    if path not in fields:
        path = "fields." + path
    for option in fields.get(path, []):
        if text and option.casefold() == text.casefold():
            return option
    return None


# --- for rules ---------------------------------------------------------------------------------------


def lookup(table: Any, value: Any, default: Any = None) -> Any:
    """The entry of a table for a value, whatever its capitals."""
    if not value:
        return default
    if value in table:
        return table[value]
    for key in table:
        if isinstance(key, str) and isinstance(value, str) and key.casefold() == value.casefold():
            return table[key]
    return default


def shorten(text: Any, longest: int) -> Any:
    """Text of at most `longest` characters; a cut shows as an ellipsis."""
    if not text or len(text) <= longest:
        return text
    return text[: longest - 1].rstrip() + "…"


def quoted(text: Any) -> str:
    """Markdown: the text as a quotation."""
    return "\n".join([("> " + line).rstrip() for line in (text or "").splitlines()])


def link(text: Any, url: Any) -> str:
    """Markdown: a link; only the text where there is no address."""
    return f"[{text}]({url})" if url else f"{text}"


def plain_text(markdown: Any) -> str:
    """Markdown without its marks."""
    import re

    text = re.sub(r"!?\[([^\]]*)\]\(([^)]*)\)", r"\1 (\2)", markdown or "")
    text = re.sub(r"(?m)^ {0,3}(#{1,6} +|> ?|```.*$)", "", text)
    return re.sub(r"(\*\*|__|`)([^*_`\n]+)(\*\*|__|`)", r"\2", text).strip()


def public_comments(comments: Any) -> Any:
    """Those that are not internal."""
    return [comment for comment in comments or [] if not comment.internal]


def comments_by(comments: Any, *who: Any) -> Any:
    """Those whose author has one of these usernames, e-mails or names."""
    wanted = [one.casefold() for one in who]
    found = []
    for comment in comments or []:
        author = comment.author
        names = [author.username, author.email, author.name] if author else []
        if any(name.casefold() in wanted for name in names if name):
            found.append(comment)
    return found


def comments_with(comments: Any, *texts: Any) -> Any:
    """Those that contain one of the texts."""
    return [comment for comment in comments or [] if any(text in comment.body for text in texts)]


def comments_without(comments: Any, *texts: Any) -> Any:
    """Those that contain none of the texts."""
    return [comment for comment in comments or [] if not any(text in comment.body for text in texts)]


# --- how rules are run -------------------------------------------------------------------------------


def _fill(thing: Any, names: Any, values: Any) -> Any:
    for name in names:
        setattr(thing, name, values.get(name, absent))
    return thing


def _person(values: Any) -> Any:
    return Person(**values) if isinstance(values, dict) else values


def _parts(make: Any, parts: Any) -> Any:
    made = []
    for values in parts:
        part = _fill(make(), values, values)
        if "author" in values:
            part.author = _person(values["author"])
        made.append(part)
    return made


def _thing(thing: Any, names: Any, values: Any) -> Any:
    _fill(thing, names, values)
    for name in ("assignee", "reporter"):
        setattr(thing, name, _person(getattr(thing, name)))
    if "labels" in values:
        thing.labels = list(values["labels"])
    if "comments" in values:
        thing.comments = _parts(Comment, values["comments"])
    if "attachments" in values:
        thing.attachments = _parts(Attachment, values["attachments"])
    if "worklogs" in values:
        thing.worklogs = _parts(WorkLog, values["worklogs"])
    if "links" in values:
        thing.links = _parts(Link, values["links"])
    thing.fields = values.get("fields", {})
    return thing


def _item(names: Any, values: Any) -> Any:
    return _thing(Item(), names, values)


def _replica(made: Any, names: Any, values: Any) -> Any:
    replica = _thing(made, names, values)
    replica.custom = values.get("custom", {})
    return replica


def _context(told: Any, names: Any, values: Any) -> Any:
    _fill(told, names["context"], values)
    told.people = [_person(one) for one in values["people"]]
    previous = values["previous"]
    told.previous = _replica(Received(), names["replica"], previous) if previous is not None else None
    return told


def _odd(path: str, value: Any, found: Any) -> Any:
    """Paths at which a draft holds what is no value at all, with what it is: a function that was not called."""
    kind = type(value).__name__
    if isinstance(value, dict):
        for key in value:
            _odd(f"{path}.{key}", value[key], found)
    elif isinstance(value, list):
        for part in value:
            _odd(path, part, found)
    elif kind in ("function", "builtin_function_or_method", "method", "type", "module", "range", "dict_keys"):
        found.append([path, kind])
    return found


def _made(draft: Any, result: Any, names: Any) -> Any:
    if result is not None and result is not draft:
        raise TypeError("a rule assigns to its draft and returns nothing")
    odd: list[Any] = []
    for name in names:
        if name not in ("comments", "attachments", "links", "worklogs"):
            _odd(name, getattr(draft, name), odd)
    return {"draft": draft, "odd": odd}


def run_outgoing(rule: Callable[..., Any], names: Any, item: Any, replica: Any, context: Any) -> Any:
    """The replica as the rule left it."""
    draft = _replica(Replica(), names["replica"], replica)
    given = _item(names["item"], item)
    if context is None:
        return _made(draft, rule(given, draft), names["replica"])
    told = _context(OutgoingContext(), names, context)
    told._asks = {"unsync": False}
    made = _made(draft, rule(given, draft, told), names["replica"])
    made["asks"] = told._asks
    return made


def run_incoming(
    rule: Callable[..., Any], names: Any, replica: Any, item: Any, context: Any, twins: Any, looked_up: Any
) -> Any:
    """The item as the rule left it, what it asked for, and the keys that it looked up in vain."""
    draft = _item(names["item"], item)
    told = _context(Context(), names, context)
    told._twins = twins
    told._looked_up = looked_up
    told._asks = {"unsync": False, "sync_back": False}
    made = _made(draft, rule(_replica(Received(), names["replica"], replica), draft, told), names["item"])
    made["asks"] = told._asks
    made["looked_up"] = looked_up
    return made
