"""The same things under other names in each tracker; the common words are Roundup's."""

from __future__ import annotations

from tests.soak.place import Words

STATUS = ("unread", "deferred", "chatting", "need-eg", "in-progress", "testing", "done-cbb", "resolved")
PRIORITY = ("critical", "urgent", "bug", "feature", "wish")
PEOPLE = ("alice", "bob", "carol")


def _named(own_status: tuple[str, ...], own_priority: tuple[str, ...], own_people: tuple[str, ...]) -> Words:
    return Words(
        status=dict(zip(STATUS, own_status, strict=True)),
        priority=dict(zip(PRIORITY, own_priority, strict=True)),
        people=dict(zip(PEOPLE, own_people, strict=True)),
    )


ROUNDUP = _named(STATUS, PRIORITY, PEOPLE)
SOUTH = _named(
    ("new", "parked", "talking", "needs-example", "doing", "checking", "nearly", "closed"),
    ("P1", "P2", "P3", "P4", "P5"),
    ("anna", "berta", "clara"),
)
NORTH = _named(
    ("inbox", "later", "discussed", "unclear", "active", "review", "almost", "done"),
    ("blocker", "high", "normal", "low", "someday"),
    ("alva", "bjarne", "cilla"),
)
REDMINE = _named(
    ("New", "Deferred", "In Progress", "Feedback", "Testing", "Resolved", "Rejected", "Closed"),
    ("Immediate", "Urgent", "High", "Normal", "Low"),
    PEOPLE,
)
RT_PRIORITIES = {"top": 100, "high": 75, "middle": 50, "low": 25, "none": 0}
# A customer can't own tickets.
RT = _named(
    ("new", "deferred", "open", "feedback", "testing", "resolved", "rejected", "closed"),
    tuple(RT_PRIORITIES),
    ("alice", "bob", "root"),
)
