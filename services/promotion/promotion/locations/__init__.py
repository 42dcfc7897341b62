"""Places where stock can be."""
