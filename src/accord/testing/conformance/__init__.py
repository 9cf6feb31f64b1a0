"""What every connector must do, as checks that its tests inherit.

    class TestJira(TrackerConformance):
        @pytest.fixture
        async def tracker(self): ...   # a ports.Tracker on a real tracker or a faithful stand-in

        @pytest.fixture
        def person(self): ...          # a Somebody: acts on the same tracker by other means

        @pytest.fixture
        def sample(self): ...          # a Sample: values that are valid there

The tracker need not be empty. What a connector can't do by its `capabilities`, or by what `describe` tells, is
skipped with that reason; nothing else is. Needs pytest and pytest-asyncio in auto mode.
"""

import pytest

PARTS = ("base", "attachments", "changes", "comments", "creating", "large", "side_by_side", "updating", "worklogs")

pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in PARTS))

from accord.testing.conformance.attachments import AttachmentChecks  # noqa: E402
from accord.testing.conformance.base import Sample, Somebody  # noqa: E402
from accord.testing.conformance.changes import ChangeChecks  # noqa: E402
from accord.testing.conformance.comments import CommentChecks  # noqa: E402
from accord.testing.conformance.creating import CreationChecks  # noqa: E402
from accord.testing.conformance.large import LargeFileChecks  # noqa: E402
from accord.testing.conformance.side_by_side import SideBySideChecks  # noqa: E402
from accord.testing.conformance.updating import UpdateChecks  # noqa: E402
from accord.testing.conformance.worklogs import WorkLogChecks  # noqa: E402

__all__ = ["Sample", "Somebody", "TrackerConformance"]


class TrackerConformance(
    CreationChecks,
    UpdateChecks,
    CommentChecks,
    AttachmentChecks,
    LargeFileChecks,
    WorkLogChecks,
    ChangeChecks,
    SideBySideChecks,
):
    """All checks."""
