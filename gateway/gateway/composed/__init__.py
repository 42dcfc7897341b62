"""Composed reads: one answer out of several services."""
