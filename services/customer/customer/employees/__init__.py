"""Employees and where they work; their credentials are the gateway's."""
