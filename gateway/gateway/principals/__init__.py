"""Principals: what the gateway has learned about employees and units, and what that lets them see."""
