"""Values: item, replica, twin, patch, message. No I/O, no clock, no randomness."""

from accord.model.connection import Connection, ConnectionState, Policy, Side
from accord.model.item import Attachment, Comment, Item, Link, Person, Value, WorkLog
from accord.model.message import ConflictNote, Kind, Message
from accord.model.patch import Patch
from accord.model.paths import Flat, differing, flatten, is_empty, same
from accord.model.replica import Replica, ReplicaAttachment, ReplicaComment
from accord.model.twin import Intent, LocalChange, Shadow, SubItem, Taken, Trace, Twin, TwinState

__all__ = [
    "Attachment",
    "Comment",
    "ConflictNote",
    "Connection",
    "ConnectionState",
    "Flat",
    "Intent",
    "Item",
    "Kind",
    "Link",
    "LocalChange",
    "Message",
    "Patch",
    "Person",
    "Policy",
    "Replica",
    "ReplicaAttachment",
    "ReplicaComment",
    "Shadow",
    "Side",
    "SubItem",
    "Taken",
    "Trace",
    "Twin",
    "TwinState",
    "Value",
    "WorkLog",
    "differing",
    "flatten",
    "is_empty",
    "same",
]
