"""The broker and the database as plain local processes, for machines without a container engine.

Used by `terrain up` and by the test fixtures. Nothing here is imported by a service.
"""
