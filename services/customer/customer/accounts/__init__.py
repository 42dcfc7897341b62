"""Institutions: facts, departments, life cycle."""
