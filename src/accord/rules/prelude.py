"""What a script finds beside its own code. Read as source by both ways of running a script, so it must stay within
what the sandbox's Python knows: no inheritance, no `del`, no `yield`."""

from typing import Any, Callable  # noqa: UP035


class Absent:
    """The value of what is not said at all, unlike None, which says that it is empty. False in conditions."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "absent"


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


class Item:
    """The item here."""


class Replica:
    """What travels."""


class Received:
    """What came."""


class Context:
    """What rules are told besides."""


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
    thing.fields = values.get("fields", {})
    return thing


def _replica(made: Any, names: Any, values: Any) -> Any:
    replica = _thing(made, names, values)
    replica.custom = values.get("custom", {})
    return replica


def _assigned(draft: Any, result: Any) -> Any:
    if result is not None and result is not draft:
        raise TypeError("a rule assigns to its draft and returns nothing")
    return draft


def run_outgoing(rule: Callable[..., Any], names: Any, item: Any, replica: Any) -> Any:
    """The replica as the rule left it."""
    draft = _replica(Replica(), names["replica"], replica)
    return _assigned(draft, rule(_thing(Item(), names["item"], item), draft))


def run_incoming(rule: Callable[..., Any], names: Any, replica: Any, item: Any, context: Any) -> Any:
    """The item as the rule left it."""
    draft = _thing(Item(), names["item"], item)
    told = _fill(Context(), names["context"], context)
    told.people = [_person(one) for one in context["people"]]
    return _assigned(draft, rule(_replica(Received(), names["replica"], replica), draft, told))
