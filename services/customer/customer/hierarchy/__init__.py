"""Which institution belongs to which, at any date."""
