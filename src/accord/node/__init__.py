"""A running node: detectors, workers and the peer server around one database."""
