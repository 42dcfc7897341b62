"""Promotion: products, promotional materials, stock, and what visits take from it."""
