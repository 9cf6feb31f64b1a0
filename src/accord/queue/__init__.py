"""Decisions about the sync queue: when to try again, when to stop. Pure."""
