"""`accord demo`: two nodes as two processes, two different-looking trackers, people, a conflict and a crash."""

from accord.demo.story import run_demo

__all__ = ["run_demo"]
