"""Answers to the customer service, which closes an institution only when nothing here depends on it."""
