"""The connector for Redmine 5.x, through its REST interface."""

from accord.trackers.redmine.settings import RedmineSettings
from accord.trackers.redmine.tracker import RedmineTracker

__all__ = ["RedmineSettings", "RedmineTracker"]
