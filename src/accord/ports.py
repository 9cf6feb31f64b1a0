"""What the steps may call, and nothing else: trackers, rules, peers, the store, the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from accord.model import Attachment, Comment, Connection, Item, Message, Patch, Person, Replica, Twin

T = TypeVar("T")


# --- time -----------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The only source of time. Times are aware and in UTC; seconds are floats."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


# --- trackers -------------------------------------------------------------------------------------------


class Once(StrEnum):
    """How strongly a connector can promise that nothing is created twice."""

    MARKER = "marker"  # the tracker keeps our marker, and we can look it up at once
    SEARCH = "search"  # by author, content and time window


@dataclass(frozen=True)
class Capabilities:
    """What a connector can do. `marker_lag` and `stamp_resolution` are in seconds.

    `versioned_writes`: a write is refused where the item changed since it was read. `pushes`: `watch` yields.
    """

    comments: bool = True
    comment_edit: bool = True
    comment_delete: bool = True
    attachments: bool = True
    attachment_delete: bool = True
    labels: bool = True
    custom_fields: bool = True
    versioned_writes: bool = True
    pushes: bool = False
    item_once: Once = Once.MARKER
    comment_once: Once = Once.MARKER
    attachment_once: Once = Once.SEARCH
    marker_lag: float = 0.0


@dataclass(frozen=True)
class FieldInfo:
    """A field as the tracker describes it. `kind`: text, rich_text, number, date, boolean, option, person, labels."""

    path: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    required: bool = False
    writable: bool = True


@dataclass(frozen=True)
class Description:
    """What a tracker holds: its fields by path, and its people."""

    fields: dict[str, FieldInfo]
    people: tuple[Person, ...] = ()
    version: str | None = None


@dataclass(frozen=True)
class Hint:
    """A reason to read an item. `version` only where it is certain: a hint of a version we know costs nothing."""

    key: str
    version: str | None = None
    gone: bool = False


@dataclass(frozen=True)
class Changes:
    """What may have changed since a cursor, oldest first, and the cursor for next time (opaque, JSON text)."""

    hints: tuple[Hint, ...]
    cursor: str


@dataclass(frozen=True)
class Written:
    """What a write made: the id (key of an item, id of a sub-item), and the item's version that it caused, if told."""

    id: str
    version: str | None = None


class Tracker(Protocol):
    """One connector, speaking to one tracker. Every call may raise the errors of `accord.errors`.

    Text in and out is GitHub-flavoured Markdown. `read(write(x))` should give `x` where the tracker allows it.
    """

    name: str
    capabilities: Capabilities

    async def describe(self) -> Description: ...

    async def changes(self, cursor: str | None) -> Changes:
        """Everything that may have changed since `cursor`; None: every item. Never misses, may repeat."""
        ...

    def watch(self) -> AsyncIterator[Hint]:
        """Hints as they happen, where the tracker pushes; ends at once where it does not."""
        ...

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """Which of `keys` match a query in the tracker's own language. WriteRefused names what is wrong in it."""
        ...

    async def read(self, key: str) -> Item:
        """The whole item. ItemGone when it is deleted or out of reach, ItemBroken when it is malformed."""
        ...

    async def find(self, marker: str) -> str | None:
        """The key of the item that was created with this marker."""
        ...

    async def create(self, draft: Item, marker: str) -> Written:
        """Creates an item with the draft's fields and labels (not its sub-items), carrying `marker`."""
        ...

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Writes only the patch. VersionMismatch if the item is no longer at `expected_version`."""
        ...

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        """Adds header and body as one comment; `read` shows `marker` on it where the tracker has a place for it."""
        ...

    async def edit_comment(self, key: str, comment: Comment) -> Written: ...

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        """Deleting what is not there is done already."""
        ...

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        """Attaches the bytes in the file `content` under the attachment's name."""
        ...

    async def delete_attachment(self, key: str, attachment_id: str) -> Written: ...

    def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]: ...

    async def close(self) -> None: ...


# --- rules ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleContext:
    """What rules are told besides item and replica. They have no clock of their own: `now` is given."""

    connection: str
    now: datetime
    first_sync: bool
    people: tuple[Person, ...] = ()
    fields: dict[str, FieldInfo] = field(default_factory=dict)


class Rules(Protocol):
    """One side's rules of one connection: functions of their inputs, so they may be run as often as one likes.

    Both raise RuleFailed, with file, line and column where a script failed.
    """

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        """What leaves this side: only what the rules name."""
        ...

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        """A draft: `item` as it should be. Its comments and attachments are the replica's, as they should look here:
        their ids are the other side's."""
        ...


# --- peers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a peer said to a message: `registered`, `duplicate` (with its acknowledgment once it has one), or `gap`."""

    status: str
    acknowledgment: Message | None = None
    expected: int | None = None
    detail: str | None = None


class Peers(Protocol):
    """The other nodes. Raises Unreachable, Throttled, PeerRefused."""

    async def send(self, connection: Connection, message: Message) -> Answer:
        """Delivers an event or an acknowledgment: when it returns, the peer has it on disk."""
        ...

    async def fetch_blob(self, connection: Connection, sha256: str, target: Path) -> None:
        """Streams an attachment's bytes to `target`, resuming what is there, verified by hash."""
        ...


# --- store ----------------------------------------------------------------------------------------------


class Direction(StrEnum):
    """The two lanes of a twin."""

    OUT = "out"
    IN = "in"


class Stage(StrEnum):
    """How far an entry of the sync queue has come."""

    QUEUED = "queued"  # out: no replica made yet. in: registered, not applied yet
    COMPOSED = "composed"  # out: message made and numbered, not known to have arrived
    SENT = "sent"  # out: the peer has it; waiting for its acknowledgment
    ACKNOWLEDGED = "acknowledged"  # out: the acknowledgment is here, not applied yet
    APPLIED = "applied"  # in: applied; the acknowledgment is composed and on its way


class LaneState(StrEnum):
    """`ready` runs when `due`; `blocked` waits for a person, a new change or the other lane."""

    IDLE = "idle"
    READY = "ready"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Entry:
    """One sync event (out) or sync request (in). `touched` counts the changes that collapsed into it."""

    id: int
    twin_id: str
    direction: Direction
    stage: Stage
    sequence: int | None
    reason: str
    message: Message | None
    acknowledgment: Message | None
    created_at: datetime
    touched: int = 0


@dataclass(frozen=True)
class Lane:
    """The state of one lane and why it stands where it stands. `cause` is an error's `to_json()`."""

    twin_id: str
    connection_id: str
    direction: Direction
    state: LaneState
    due: datetime | None
    attempts: int
    cause: dict[str, Any] | None
    last_sequence: int
    last_acknowledgment: Message | None


@dataclass(frozen=True)
class Lease:
    """The right to work on a twin until `until`. Every checkpoint is fenced by `epoch`."""

    twin_id: str
    connection_id: str
    owner: str
    epoch: int
    until: datetime
    directions: tuple[Direction, ...]


class LeaseLost(Exception):
    """Another worker has taken the twin over: nothing of this checkpoint was written."""


@dataclass(frozen=True)
class Receipt:
    """What became of a received message."""

    status: str  # registered | duplicate | gap
    acknowledgment: Message | None = None
    expected: int | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Hold:
    """A tracker, connection or peer whose work waits as one. `until` None: a person must let it go."""

    scope: str  # tracker | connection | peer
    name: str
    until: datetime | None
    attempts: int
    cause: dict[str, Any]


@dataclass(frozen=True)
class HistoryEntry:
    """What one step did to one twin."""

    at: datetime
    connection_id: str
    twin_id: str
    step: str
    summary: str
    details: dict[str, Any]


class Transaction(Protocol):
    """What may be done in one transaction. All methods are plain calls: they run where the database is."""

    # connections
    def connections(self) -> list[Connection]: ...
    def connection(self, connection_id: str) -> Connection | None: ...
    def put_connection(self, connection: Connection) -> None: ...

    # twins
    def twin(self, twin_id: str) -> Twin | None: ...
    def live_twin(self, connection_id: str, local_key: str) -> Twin | None: ...
    def was_under_sync(self, connection_id: str, local_key: str) -> bool:
        """Whether a twin of this item has ended: a trigger then leaves it alone."""
        ...

    def twins(self, connection_id: str | None = None, *, live: bool = True, limit: int = 100_000) -> list[Twin]: ...
    def count_twins(self, connection_id: str) -> int: ...
    def creating(self, connection_id: str) -> bool:
        """Whether an item is just being created for this connection, its key not yet known."""
        ...

    def put_twin(self, twin: Twin) -> None:
        """Inserts or replaces. Raises UnknownThing if its local key is under sync through the connection already."""
        ...

    # lanes and the sync queue
    def register_event(self, twin: Twin, reason: str, now: datetime) -> bool:
        """Registers a sync event; collapses into one that waits to be composed (counted in `touched`, so that a step
        that has just read the item notices). A blocked lane tries again at once. False if one was waiting already."""
        ...

    def register_request(self, message: Message, twin: Twin, now: datetime) -> Receipt:
        """One statement decides: registered, duplicate of one seen, or beyond the next."""
        ...

    def lane(self, twin_id: str, direction: Direction) -> Lane | None: ...
    def lanes(self, connection_id: str | None = None, *, busy_only: bool = True) -> list[Lane]: ...
    def head(self, twin_id: str, direction: Direction) -> Entry | None: ...
    def entries(self, twin_id: str, direction: Direction | None = None) -> list[Entry]: ...
    def put_entry(self, entry: Entry) -> None:
        """Stage, message and acknowledgment of an entry that exists."""
        ...

    def add_composed(self, twin: Twin, message: Message, reason: str, now: datetime) -> Entry:
        """Puts an event whose message is made at the head of the out lane."""
        ...

    def next_sequence(self, twin_id: str) -> int:
        """The number for the next message of the out lane (not taken until an entry carries it)."""
        ...

    def remove_entry(self, entry: Entry) -> None: ...
    def clear_lane(self, twin_id: str, direction: Direction) -> None: ...
    def lane_ready(self, twin_id: str, direction: Direction, due: datetime) -> None:
        """Attempts and cause are forgotten; idle when the lane is empty."""
        ...

    def lane_retrying(self, twin_id: str, direction: Direction, due: datetime, cause: dict[str, Any]) -> None:
        """Counts an attempt."""
        ...

    def lane_blocked(self, twin_id: str, direction: Direction, cause: dict[str, Any]) -> None: ...
    def remember_acknowledgment(self, twin_id: str, acknowledgment: Message) -> None:
        """For duplicates of the message that it answers."""
        ...

    # leases
    def claim(
        self, owner: str, now: datetime, until: datetime, limit: int, held_connections: Sequence[str]
    ) -> list[Lease]:
        """Twins with a due lane and no lease, of active connections that are not held; fair across connections."""
        ...

    def take(self, twin: Twin, owner: str, now: datetime, until: datetime) -> Lease | None:
        """A lease on this very twin, due or not, for a person's decision; None while another worker has it."""
        ...

    def fence(self, lease: Lease) -> None:
        """Raises LeaseLost unless the lease is still ours."""
        ...

    def renew(self, lease: Lease, until: datetime) -> None:
        """Keeps a lease longer. Raises LeaseLost."""
        ...

    def release(self, lease: Lease) -> None: ...
    def revoke(self, twin_id: str) -> None:
        """Takes a twin from whoever works on it: their next checkpoint fails with LeaseLost."""
        ...

    def release_all(self) -> None:
        """Frees every lease: for the start of a node that is the only one on its database."""
        ...

    def next_due(self, held_connections: Sequence[str]) -> datetime | None: ...

    # holds, cursors, nonces, blobs
    def holds(self) -> list[Hold]: ...
    def put_hold(self, hold: Hold) -> None: ...
    def lift_hold(self, scope: str, name: str) -> None: ...
    def cursor(self, tracker: str) -> str | None: ...
    def put_cursor(self, tracker: str, cursor: str) -> None: ...
    def use_nonce(self, key_id: str, nonce: str, now: datetime, keep_seconds: float) -> bool:
        """False if it was used before; forgets those older than `keep_seconds`."""
        ...

    def digest(self, tracker: str, key: str, attachment_id: str) -> tuple[str, int] | None:
        """SHA-256 and size of an attachment whose bytes were read before."""
        ...

    def put_digest(self, tracker: str, key: str, attachment_id: str, sha256: str, size: int) -> None: ...
    def offer_blob(self, connection_id: str, sha256: str, key: str, attachment_id: str) -> None: ...
    def offered_blob(self, connection_id: str, sha256: str) -> tuple[str, str] | None:
        """Item key and attachment id under which a blob was offered through the connection."""
        ...

    # history, counters, facts about this node
    def record(self, entry: HistoryEntry) -> None: ...
    def history(self, twin_id: str | None = None, *, limit: int = 100) -> list[HistoryEntry]: ...
    def count_history(self, connection_id: str, step: str, since: datetime) -> int: ...
    def last_recorded(self, connection_id: str, step: str) -> datetime | None:
        """When a connection's history last had this step."""
        ...

    def prune_history(self, before: datetime) -> int: ...
    def count(self, counter: str, by: int = 1) -> None: ...
    def counters(self) -> dict[str, int]: ...
    def fact(self, name: str) -> str | None: ...
    def put_fact(self, name: str, value: str) -> None: ...


class Store(Protocol):
    """The node's database. `run` does all of `work` in one transaction, durable when it returns."""

    async def run(self, work: Callable[[Transaction], T]) -> T: ...

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Like `run`, for work that only reads."""
        ...

    async def close(self) -> None: ...


class Blobs(Protocol):
    """Bytes of attachments on their way, by SHA-256, on local disk."""

    def path(self, sha256: str) -> Path | None:
        """Where the verified bytes lie, or None."""
        ...

    def receiving(self, sha256: str) -> Path:
        """Where to put bytes of a transfer that may be resumed."""
        ...

    def keep(self, partial: Path, sha256: str) -> Path:
        """Verifies and publishes. Raises Unreachable if the hash differs (and forgets the bytes)."""
        ...

    def spool(self, content: AsyncIterator[bytes]) -> AbstractAsyncContextManager[tuple[Path, str, int]]:
        """Streams to disk; gives path, SHA-256 and size."""
        ...


@dataclass(frozen=True)
class GuardSettings:
    """When a connection stops before it acts. Shares are of the connection's items under sync, 0 to 1; below
    `min_items` it never stops. `writes_per_twin` bounds the writes to one item within the window."""

    min_items: int = 10
    share_ended: float = 0.2
    share_overwritten: float = 0.5
    min_overwritten: int = 100
    window_minutes: float = 10.0
    writes_per_twin: int = 100


@dataclass(frozen=True)
class Agreement:
    """This side's own part of a connection, from its configuration."""

    rules: Rules
    guard: GuardSettings = GuardSettings()
    trigger: str | None = None
    accept_connect: bool = False


@dataclass(frozen=True)
class Settings:
    """How patient a node is; all in seconds."""

    acknowledgment_timeout: float = 60.0
    deletion_grace: float = 3.0
    retry_first: float = 1.0
    retry_most: float = 300.0
    hop_limit: int = 16


@dataclass(frozen=True)
class Ports:
    """All that a step may call."""

    store: Store
    clock: Clock
    peers: Peers
    blobs: Blobs
    trackers: dict[str, Tracker]
    agreement: Callable[[Connection], Agreement]
    describe: Callable[[str], Awaitable[Description]]
    new_id: Callable[[], str]
    settings: Settings = Settings()
