"""Files about an institution."""
