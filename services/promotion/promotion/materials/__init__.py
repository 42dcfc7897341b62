"""Promotional materials: items and their lots."""
