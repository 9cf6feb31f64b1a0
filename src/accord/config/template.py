"""The `accord.toml` that a newcomer starts from: it works, and shows what else there is."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from accord.config.kinds import InstalledKinds, TrackerKind
from accord.config.problems import is_secret, nearest
from accord.errors import UnknownThing

SAMPLES = {"folder": "items", "path": "items", "url": "https://tracker.example.com", "user": "accord"}

NODE = """\
# What this node syncs, and how. Check it with: accord check

# An HTTP API for programs, with tokens: accord token create. Above all tables, or as a table of its own: [api]
# api = { listen = "127.0.0.1:8090" }

[node]
name = "my-node"                     # shown to peers
data = ".accord"                     # database, key and files live here, relative to this file
listen = "127.0.0.1:7401"
# url = "https://accord.example.com" # how peers reach this node, if not at the address above
# database = { env = "ACCORD_DATABASE_URL" }  # PostgreSQL instead of SQLite in `data`
# poll_seconds = 10                  # how often trackers that do not push are asked for changes
# keep_syncs = 200                   # so many syncs that `accord rules replay` can look back on; 0: none
# job_pace = 5                       # items a second that `accord sync --all` looks at anew

"""

CONNECTION = """
# A connection keeps items in agreement with one other side. Its name is yours alone.
[connections.partner]
tracker = "mine"
# trigger = "..."                    # items that match come under sync by themselves; "*": all
policy = "latest"                    # who wins a conflict: latest, initiator, acceptor, merge (long text), or ask
# script = "partner.py"              # outgoing(item, replica) and incoming(replica, item, context), after the map
# accept_connect = true              # the other side may pair one of its items with one of yours
# tell_who = true                    # they may know by name (no address) who of you changed what they are told
# pair_by = "custom.your_key"        # what they send that names the item here to pair with, instead of a new one
# unsync_when = { status = "closed" }  # ends the sync of an item

# Other policies for single fields, as both sides send them. Both are terms: who invites says them, once.
[connections.partner.policies]
# status = "initiator"                 # the side that invited
# description = "merge"
# priority = "ask"                     # nobody wins until a person chooses: accord choose

# What is not named here never leaves, and never changes here.
[connections.partner.map]
summary = "both"                     # both, send, receive or never
# summary = { template = "[{key}] {value}", max_length = 200 }
description = "both"
status = "both"
# status = { pairs = { "New" = "open", "Resolved" = "closed" }, default = "open" }  # theirs = ours
priority = "both"
labels = "both"
# labels = { never = ["internal-*"], pairs = { "bug" = "defect" } }
assignee = "both"
comments = "both"                    # internal comments stay here unless public_only = false
attachments = { direction = "both", max_size = "20 MB" }
# "fields.severity" = { direction = "send", as = "custom.urgency", when = { type = "bug" } }

# Who is who: theirs (e-mail or username) = ours. Others are matched by e-mail, then by username.
[connections.partner.people]
# "alice@partner.example" = "alice"
# default = "triage"

# The connection stops and asks before it would end or overwrite an unusual share of its items at once.
[connections.partner.guard]
# share_ended = 0.2
# share_overwritten = 0.5
"""


def template(kind: str, kinds: Mapping[str, TrackerKind] | None = None) -> str:
    """A commented configuration with one tracker of `kind`. Raises UnknownThing with the nearest kind."""
    known = InstalledKinds() if kinds is None else kinds
    if kind not in known:
        raise UnknownThing(f"There is no tracker kind {kind!r}.", field="kind", value=kind, remedy=nearest(kind, known))
    return NODE + _tracker(kind, known[kind].Settings) + CONNECTION


def _tracker(kind: str, model: type[BaseModel]) -> str:
    lines = ["[trackers.mine]", f"kind = {_quoted(kind)}"]
    for name, field in model.model_fields.items():
        lines += _setting(kind, field.alias or name, field)
    return "\n".join(lines) + "\n"


def _setting(kind: str, name: str, field: FieldInfo) -> list[str]:
    comment = textwrap.wrap(field.description or "", 110, initial_indent="# ", subsequent_indent="# ")
    value = _sample(kind, name, field)
    if value is None:
        return []
    return [*comment, f"{name} = {value}" if field.is_required() else f"# {name} = {value}"]


def _sample(kind: str, name: str, field: FieldInfo) -> str | None:
    """A value as it is written in the file; None where there is nothing to show."""
    if is_secret(field.annotation):
        return f"{{ env = {_quoted(f'ACCORD_{kind}_{name}'.upper())} }}"
    if field.examples:
        return _written(field.examples[0])
    if not field.is_required():
        return _written(field.get_default(call_default_factory=True, validated_data={}))
    return _written(SAMPLES.get(name, 1 if field.annotation in (int, float) else "..."))


def _written(value: Any) -> str | None:
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Path):
        return _quoted(value.as_posix())
    if isinstance(value, list | tuple):
        parts = [_written(part) for part in value]
        return f"[{', '.join(part for part in parts if part is not None)}]"
    return None


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
