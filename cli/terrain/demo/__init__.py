"""Demonstration data: a company that could exist, written through the services' own use cases."""

from terrain.demo.loading import load, tell_logins

__all__ = ["load", "tell_logins"]
