"""A pair of items under sync, and what a side remembers of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field, JsonValue

from accord.model.item import Item, Value
from accord.model.replica import Replica


class TwinState(StrEnum):
    """`new` has no item on one side yet, `paired` has both, `ended` is kept only for its history."""

    NEW = "new"
    PAIRED = "paired"
    ENDED = "ended"


class SubItem(StrEnum):
    """The kinds of sub-items that traces pair."""

    COMMENT = "comment"
    ATTACHMENT = "attachment"
    WORKLOG = "worklog"
    LINK = "link"

    @property
    def plural(self) -> str:
        """The name under which items and replicas hold them."""
        return f"{self.value}s"


class Trace(Value):
    """A pair of sub-items. `here` is the digest of ours as last told.

    `version` is our state version that told the last change made here; with `deleted` that change was a deletion,
    remembered until the other side has seen it. `shown`: our last message had it; `withdrawn`:
    an earlier one had, and the rules no longer let it out. `ours`: it was written here first. `leads_to`: of a link,
    the key of our item at its other end.
    """

    kind: SubItem
    local_id: str | None = None
    remote_id: str | None = None
    here: str | None = None
    header: str = ""
    ours: bool = False
    deleted: bool = False
    shown: bool = False
    withdrawn: bool = False
    version: int = 0
    leads_to: str | None = None


class Intent(Value):
    """A write that was begun and whose outcome is not yet written down.

    `operation` is `create`, `update`, or a kind of sub-item; `marker` finds what a create made; `started_at` is when it
    was begun or, once it is known to have been given up, when that was; `target` is what an update wanted to hold, by
    path; `conflicts` names those that are recorded already.
    """

    operation: str
    marker: str = ""
    started_at: datetime
    target: dict[str, JsonValue] = Field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


class LocalChange(Value):
    """A change made here that the other side has not seen: last told in our state `version`, from value `base`.
    `by` is who made it, where our tracker tells. `chosen`: a person's answer to a question; `gives_way`: the other
    side's value."""

    version: int
    at: datetime
    by: str | None = None
    base: JsonValue = None
    chosen: bool = False
    gives_way: bool = False


class Question(Value):
    """A field that was changed on both sides and is left as it is on each until a person chooses.

    `theirs` is what the other side's value would be here, `told` the paths of our replica that the field decides, each
    as it would be with that value. `version` is our state version that first told of it (0: none yet); `known` that
    the other side has told of it as well. `ours_at` and `theirs_at` are when people wrote the two values, `ours_by` and
    `theirs_by` who did, where that is known.
    """

    theirs: JsonValue = None
    base: JsonValue = None
    told: dict[str, JsonValue] = Field(default_factory=dict)
    since: datetime
    ours_at: datetime | None = None
    theirs_at: datetime | None = None
    ours_by: str | None = None
    theirs_by: str | None = None
    version: int = 0
    known: bool = False


class Decision(Value):
    """What a person has decided about a field, until it is carried out: the `value` that it is to hold.

    `ours` is what the item held when they looked and (`answers`: a question) `theirs` what the other side held: where
    either has changed since, nothing is written. `since` is when the conflict was whose loser is restored. `recorded`:
    it is in history, and about to be written.
    """

    value: JsonValue = None
    ours: JsonValue = None
    theirs: JsonValue = None
    answers: bool = False
    who: str = ""
    at: datetime
    since: datetime | None = None
    recorded: bool = False


class Shadow(Value):
    """What this side last knew.

    `local` is the own item as of the last sync, `sent` the last replica told; both without comments and attachments,
    which live in `traces`. `unseen` are changes made here that the other side has not seen, by path of the item;
    `unseen_told` the same by path of the replica (labels one by one, as `labels.<name>`). `questions` wait for a
    person, `decisions` to be carried out, both by path of the item.
    """

    local: Item | None = None
    sent: Replica | None = None
    traces: tuple[Trace, ...] = ()
    intents: tuple[Intent, ...] = ()
    unseen: dict[str, LocalChange] = Field(default_factory=dict)
    unseen_told: dict[str, LocalChange] = Field(default_factory=dict)
    questions: dict[str, Question] = Field(default_factory=dict)
    decisions: dict[str, Decision] = Field(default_factory=dict)


class Twin(Value):
    """A pair of items under sync through one connection, as one side sees it.

    `local_identity` is what stays of our item when its key changes, where its tracker has such a thing.
    `version` counts the states told by this side, `peer_version` the latest of the other side's that was applied,
    `peer_seen` the latest of ours that it has said to have applied.
    `told_under` is the version of our rules under which the last event was composed.
    `told_key` is our item's key as the other side knows it, `told_at` and `told_before` when the last two messages were
    composed here, `heard_at` when the latest was that was taken over from there. `known_version` is the tracker's own
    version of the item as last read: a hint that reports it costs nothing.
    `tell_anew`: our rules asked to tell the other side once more, whether there is news or not; `leaving`: they
    asked to end the sync, which is done when the other side has answered what is told last.
    `waits_for` are the other side's keys that our rules looked up in vain in its last replica; `awaits` are the paths
    of our item that depend on them, each with what it holds until then.
    `brought` counts the steps from an item that came under sync by itself: relatives come with it.
    `writes` counts what sync wrote here since `writes_since`, for the fuse against two automations that play ping-pong.
    """

    id: str
    connection: str
    state: TwinState = TwinState.NEW
    local_key: str | None = None
    local_identity: str | None = None
    local_url: str | None = None
    remote_key: str | None = None
    remote_url: str | None = None
    pair_with: str | None = None
    started_here: bool = True
    version: int = 0
    peer_version: int = 0
    peer_seen: int = 0
    known_version: str | None = None
    told_key: str | None = None
    told_at: datetime | None = None
    told_before: datetime | None = None
    told_under: int = 0
    heard_at: datetime | None = None
    hops: int = 0
    tell_anew: bool = False
    leaving: bool = False
    waits_for: tuple[str, ...] = ()
    awaits: dict[str, JsonValue] = Field(default_factory=dict)
    brought: int = 0
    writes: int = 0
    writes_since: datetime | None = None
    shadow: Shadow = Shadow()
    created_at: datetime
    updated_at: datetime

    def heard(self, remote_key: str | None, remote_url: str | None, told_at: datetime | None) -> Twin:
        """The twin with the other side's key and address, where they were told, in a message of `told_at`."""
        keys = {"remote_key": remote_key or self.remote_key, "remote_url": remote_url or self.remote_url}
        if self.heard_at is None or told_at is None:
            return self.model_copy(update={**keys, "heard_at": told_at or self.heard_at})
        return self if told_at < self.heard_at else self.model_copy(update={**keys, "heard_at": told_at})

    def is_being_created(self) -> bool:
        """Whether our item is just being made of the other side's, or was, and nothing was told of it yet."""
        begun = self.shadow.local is not None or any(intent.operation == "create" for intent in self.shadow.intents)
        return begun and not self.started_here and self.version == 0

    def telling(self, now: datetime) -> Twin:
        """The twin with the next state version, about to be told."""
        at = now if self.told_at is None else max(now, self.told_at + timedelta(microseconds=1))
        return self.model_copy(update={"version": self.version + 1, "told_at": at, "told_before": self.told_at})

    def silent(self, before: Twin) -> Twin:
        """The twin, where what it was to tell turned out to be no news."""
        kept = {"version": before.version, "told_at": before.told_at, "told_before": before.told_before}
        return self.model_copy(update=kept)

    def owing(self) -> Twin:
        """The twin of which the other side is to be told once more, whether there is news or not."""
        return self.model_copy(update={"tell_anew": True})

    def with_leaving(self, leaving: bool) -> Twin:
        """The twin, to end once what is told of it now is answered, or not."""
        return self if leaving == self.leaving else self.model_copy(update={"leaving": leaving})

    def is_forked(self, message_at: datetime | None, told_before: datetime | None) -> bool:
        """Whether a message of the other side that is newer than all that was taken over does not know of that: its
        database was brought back from a copy."""
        if self.heard_at is None or message_at is None or message_at <= self.heard_at:
            return False
        return told_before is None or told_before < self.heard_at

    def remembering(self, former: Twin) -> Twin:
        """The twin with the pairs of comments and attachments that a former twin of the same items had. Changes of them
        that the other side has not seen are noticed anew."""
        pairs = [t for t in former.shadow.traces if t.local_id and t.remote_id and not (t.deleted or t.withdrawn)]
        traces = tuple(
            t.model_copy(update={"version": 0, "here": t.here if t.version <= former.peer_seen else None})
            for t in pairs
        )
        return self.model_copy(update={"shadow": self.shadow.model_copy(update={"traces": traces})})

    def ended(self, now: datetime) -> Twin:
        """The twin, kept only for its history."""
        return self.model_copy(update={"state": TwinState.ENDED, "updated_at": now})
