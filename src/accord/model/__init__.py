"""Values: item, replica, twin, patch, message. No I/O, no clock, no randomness."""

from accord.model.connection import Connection, ConnectionState, Policy, Side
from accord.model.item import Attachment, Comment, Item, Link, Person, Value, WorkLog
from accord.model.message import AskedThere, Change, ConflictNote, Kind, Message, Removal
from accord.model.patch import Patch
from accord.model.paths import Flat, differing, flatten, is_empty, same
from accord.model.replica import Replica, ReplicaAttachment, ReplicaComment, ReplicaLink, ReplicaWorkLog
from accord.model.twin import Decision, Intent, LocalChange, Question, Shadow, SubItem, Trace, Twin, TwinState

__all__ = [
    "AskedThere",
    "Attachment",
    "Change",
    "Comment",
    "ConflictNote",
    "Connection",
    "ConnectionState",
    "Decision",
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
    "Question",
    "Removal",
    "Replica",
    "ReplicaAttachment",
    "ReplicaComment",
    "ReplicaLink",
    "ReplicaWorkLog",
    "Shadow",
    "Side",
    "SubItem",
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
