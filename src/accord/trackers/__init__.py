"""Connectors: one package a kind of tracker, and what they share."""
