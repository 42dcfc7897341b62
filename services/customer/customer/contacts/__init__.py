"""Contacts and where they work and worked."""
