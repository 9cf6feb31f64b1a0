"""The files that the two owners write: `accord.toml` and `tracker.yaml`."""

from __future__ import annotations

import json

from tests.soak.place import Words
from tests.soak.words import RT as RT_WORDS
from tests.soak.words import RT_PRIORITIES

CONNECTION = "partner"
NODE = """\
[node]
name = "{name}"
data = "data"
listen = "127.0.0.1:{port}"
poll_seconds = 1
acknowledgment_timeout = 5
deletion_grace = 1
retry_first = 0.3
retry_most = 4

[trackers.mine]
{tracker}
[connections.{connection}]
tracker = "mine"
trigger = "*"
policy = "latest"

[connections.{connection}.map]
summary = "both"
description = "both"
status = {{ direction = "both", values = {status} }}
priority = {{ direction = "both", values = {priority} }}
assignee = "both"
labels = "both"
"fields.points" = "both"
comments = "both"
attachments = "both"
{worklogs}
[connections.{connection}.people]
{people}

# Nobody is to be stopped here: all the edits come at once.
[connections.{connection}.guard]
min_items = 1000000
min_overwritten = 1000000
writes_per_twin = 1000000
"""
ROUNDUP = """\
kind = "roundup"
url = {url}
user = "syncbot"
password = {{ env = "ACCORD_SOAK_PASSWORD" }}
"""
REDMINE = """\
kind = "redmine"
url = {url}
api_key = {{ env = "ACCORD_SOAK_PASSWORD" }}
default_project = "alpha"
marker_field = "Sync mark"
labels_field = "Labels"
sweep = 1
"""
RT = """\
kind = "rt"
url = {url}
token = {{ env = "ACCORD_SOAK_PASSWORD" }}
default_queue = "Desk"
description_field = "Description"
labels_field = "Labels"
statuses = {statuses}
priorities = {priorities}
text_format = "plain"
sweep = 1
"""
MARKDOWN = """\
kind = "markdown"
folder = {folder}
prefix = {prefix}
"""


def accord_toml(name: str, port: int, tracker: str, ours: Words, theirs: Words, *, time: bool) -> str:
    """One side's configuration. Values and people are translated from the other side's words to ours."""
    return NODE.format(
        name=name,
        port=port,
        tracker=tracker,
        connection=CONNECTION,
        worklogs='worklogs = "both"\n' if time else "",
        status=_inline(_translated(theirs.status, ours.status)),
        priority=_inline(_translated(theirs.priority, ours.priority)),
        people="\n".join(f"{_q(k)} = {_q(v)}" for k, v in _translated(theirs.people, ours.people).items()),
    )


def roundup_tracker(url: str) -> str:
    return ROUNDUP.format(url=_q(url))


def redmine_tracker(url: str) -> str:
    return REDMINE.format(url=_q(url))


def rt_tracker(url: str) -> str:
    priorities = ", ".join(f"{name} = {number}" for name, number in RT_PRIORITIES.items())
    statuses = json.dumps([*RT_WORDS.status.values()])
    return RT.format(url=_q(url), statuses=statuses, priorities=f"{{ {priorities} }}")


def markdown_tracker(folder: str, prefix: str) -> str:
    return MARKDOWN.format(folder=_q(folder), prefix=_q(prefix))


def tracker_yaml(words: Words) -> str:
    """What the folder's own vocabulary is."""
    return json.dumps(
        {
            "statuses": list(words.status.values()),
            "priorities": list(words.priority.values()),
            "people": [{"username": name} for name in words.people.values()],
            "fields": {"points": {"kind": "number"}},
        },
        indent=2,
    )


def _translated(theirs: dict[str, str], ours: dict[str, str]) -> dict[str, str]:
    return {theirs[common]: ours[common] for common in ours}


def _inline(table: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{_q(key)} = {_q(value)}" for key, value in table.items()) + " }"


def _q(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
