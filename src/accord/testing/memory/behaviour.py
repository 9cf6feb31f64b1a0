"""What a tracker in memory does as real ones do at their worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from accord.ports import Capabilities, Once

Values = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Behaviour:
    """Switches; as they stand, the kindest tracker. Paths are those of `accord.model.flatten`.

    `search_lag`: seconds until `changes`, `find` and `matching` see a write; `read` sees it at once.
    `answers_within`: seconds that a request may be on its way, though nobody waits for its answer any more.
    `stamp_resolution`: stamps are cut to so many seconds, and changes can be asked for by stamp only.
    `versioned`: items tell versions, and stale updates are refused.
    `tombstones`: deletions appear in `changes`.
    `defaults`: what a new item gets at paths that were left empty.
    `workflow`: by status, what entering it sets besides.
    `longest`: by path (`comments` for their bodies), how many characters are kept.
    `tidy_text`: texts lose trailing blanks, carriage returns and blank lines beyond one.
    `tidy_labels`: labels are lower-case, sorted, and there once.
    `hashes`: attachments tell their sha256.
    `sub_item_markers`: comments, attachments and work logs keep markers.
    `links`: items can be linked; `mirrored_links`: a link shows at both ends, at the other one by its reverse name.
    `forbidden`: a hidden item raises Forbidden instead of ItemGone.
    `moves`: items and hints tell an identity that outlives a key.
    `redirects`: the old key of an item that was moved reaches it; else it raises ItemGone.
    `pushes`: `watch` yields what people and sync change.
    """

    search_lag: float = 0.0
    answers_within: float = 0.0
    stamp_resolution: float = 0.0
    versioned: bool = True
    tombstones: bool = True
    defaults: Values = field(default_factory=dict)
    workflow: Mapping[str, Values] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    tidy_text: bool = False
    tidy_labels: bool = False
    hashes: bool = True
    sub_item_markers: bool = True
    links: bool = True
    mirrored_links: bool = False
    forbidden: bool = False
    moves: bool = False
    redirects: bool = True
    pushes: bool = False

    def capabilities(self) -> Capabilities:
        """What the connector to such a tracker can do."""
        return Capabilities(
            versioned_writes=self.versioned,
            pushes=self.pushes,
            worklogs=True,
            worklog_edit=True,
            worklog_delete=True,
            tombstones=self.tombstones,
            comment_once=Once.MARKER if self.sub_item_markers else Once.SEARCH,
            worklog_once=Once.MARKER if self.sub_item_markers else Once.SEARCH,
            attachment_once=Once.MARKER if self.sub_item_markers else Once.SEARCH,
            links=self.links,
            web_links=self.links,
            mirrored_links=self.links and self.mirrored_links,
            children=True,
            marker_lag=self.search_lag,
            answers_within=self.answers_within,
            stamp_resolution=self.stamp_resolution,
        )
