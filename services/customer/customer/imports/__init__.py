"""Imports of tables: what is read, how it is judged, what becomes of every row."""
