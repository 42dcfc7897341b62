"""Handovers: somebody leaves, and others take over accounts, visits, plans, tasks, stock and advances."""
