"""The connector for Request Tracker 5.x, through its REST interface, version 2."""

from accord.trackers.rt.settings import RTSettings
from accord.trackers.rt.tracker import RTTracker

__all__ = ["RTSettings", "RTTracker"]
