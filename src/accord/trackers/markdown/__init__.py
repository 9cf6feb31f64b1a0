"""A folder of Markdown files as a tracker: one file an item, in a git checkout or anywhere.

    PAY-12-login-fails.md                an item; its name, and in which sub-folder it is, mean nothing further
    PAY-12/comments/0001-alice.md        a comment
    PAY-12/time/0001-alice.md            time that was spent: `spent: 1h 30m`, `started: 2026-11-02`, a note below
    PAY-12/files/photo.png               an attachment
    PAY-12/files.yaml                    what sync knows of them: names that no file can have, marks
    tracker.yaml                         optional: which values are allowed (see `schema`)
    .accord/                             numbers that were given; git ignores it

An item is YAML front matter and, below it, the description:

    ---
    key: PAY-12
    summary: Login fails
    status: open
    labels: [shared, urgent]
    assignee: alice
    due: 2026-12-24
    severity: major
    ---
    Since *yesterday* nobody can log in.

Keys with a meaning: key, summary (or title), type, status, resolution, priority, labels, assignee, reporter, due,
parent, created, and `accord`, by which sync knows what it made. All others are custom fields.

Which files are items: those with a `key`, else those whose name begins with one (`PAY-12.md`), with or without front
matter, else those with front matter, which are given the next number. README.md, hidden files, symbolic links and
Markdown files with neither key nor front matter are left alone. Two files with one key are told as an error.

Only what a change is about is written: other keys, comments, quotes, order and line ends stay as they are. A file that
somebody changed since it was read is never overwritten. An attachment saved with other content is another attachment.
"""

from accord.trackers.markdown.settings import MarkdownSettings
from accord.trackers.markdown.tracker import MarkdownTracker

__all__ = ["MarkdownSettings", "MarkdownTracker"]
