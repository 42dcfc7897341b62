"""Closing an institution: what depends on it, and waiting for the other services to have nothing there."""
