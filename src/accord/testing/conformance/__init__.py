"""What every connector must do, as checks that its tests inherit.

    class TestJira(TrackerConformance):
        @pytest.fixture
        async def tracker(self): ...   # a ports.Tracker on a real tracker or a faithful stand-in

        @pytest.fixture
        def person(self): ...          # a Somebody: acts on the same tracker by other means

        @pytest.fixture
        def sample(self): ...          # a Sample: values that are valid there

        @pytest.fixture
        def tracker_at(self): ...      # only for HTTP: a function that gives a connector to any base URL

The tracker need not be empty. What a connector can't do by its `capabilities`, by what `describe` tells or by what the
sample leaves out, is skipped with that reason; nothing else is. Needs `accord-sync[testing]`, which is pytest and
pytest-asyncio, in auto mode. `docs/writing-a-connector.md` shows a whole one.
"""

import pytest

PARTS = (
    "base",
    "attachments",
    "changes",
    "comments",
    "creating",
    "large",
    "links",
    "once",
    "paging",
    "refusals",
    "side_by_side",
    "texts",
    "times",
    "updating",
    "worklogs",
)

pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in PARTS))

from accord.testing.conformance.attachments import AttachmentChecks  # noqa: E402
from accord.testing.conformance.base import Sample, Somebody  # noqa: E402
from accord.testing.conformance.changes import ChangeChecks  # noqa: E402
from accord.testing.conformance.comments import CommentChecks  # noqa: E402
from accord.testing.conformance.creating import CreationChecks  # noqa: E402
from accord.testing.conformance.large import LargeFileChecks  # noqa: E402
from accord.testing.conformance.links import FamilyChecks, LinkChecks  # noqa: E402
from accord.testing.conformance.once import OnceChecks  # noqa: E402
from accord.testing.conformance.paging import PagingChecks  # noqa: E402
from accord.testing.conformance.refusals import RefusalChecks, TrackerAt  # noqa: E402
from accord.testing.conformance.side_by_side import SideBySideChecks  # noqa: E402
from accord.testing.conformance.texts import TextChecks  # noqa: E402
from accord.testing.conformance.times import TimeChecks  # noqa: E402
from accord.testing.conformance.updating import UpdateChecks  # noqa: E402
from accord.testing.conformance.worklogs import WorkLogChecks  # noqa: E402

__all__ = ["Sample", "Somebody", "TrackerAt", "TrackerConformance"]


class TrackerConformance(
    CreationChecks,
    UpdateChecks,
    CommentChecks,
    AttachmentChecks,
    LargeFileChecks,
    WorkLogChecks,
    LinkChecks,
    FamilyChecks,
    TextChecks,
    TimeChecks,
    ChangeChecks,
    PagingChecks,
    OnceChecks,
    SideBySideChecks,
    RefusalChecks,
):
    """All checks."""
