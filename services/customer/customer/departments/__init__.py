"""Departments of an institution, one by one; they live inside its document."""
