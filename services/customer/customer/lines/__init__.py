"""Product lines: what positions and the alignment of institutions are for."""
