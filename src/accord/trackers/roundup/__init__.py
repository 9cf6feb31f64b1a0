"""The connector for Roundup 2.x, through its REST interface (and XML-RPC, once, for the schema)."""

from accord.trackers.roundup.settings import RoundupSettings
from accord.trackers.roundup.tracker import RoundupTracker

__all__ = ["RoundupSettings", "RoundupTracker"]
