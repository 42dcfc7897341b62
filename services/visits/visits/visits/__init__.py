"""Visits of representatives to institutions, from the plan to the answer about their materials."""
