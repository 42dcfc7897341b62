"""Records that may speak of one and the same institution or person."""
