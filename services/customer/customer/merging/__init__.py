"""Merging two entries of one institution or person, and undoing it."""
