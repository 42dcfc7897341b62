"""Many rows in one request, each with a verdict of its own."""
