"""Nodes, trackers, networks and people in one process, on virtual time: the real engine and the real store, every
fault that can be thought of, and the same run for the same plan."""
