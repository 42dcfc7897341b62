"""Routing: which service answers a path, and passing the request on to it."""
