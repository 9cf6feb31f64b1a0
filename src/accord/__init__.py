"""Accord keeps the work items that two trackers share in agreement."""
