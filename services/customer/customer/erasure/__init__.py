"""Erasing a person: identifying data become unreadable everywhere, facts stay."""
