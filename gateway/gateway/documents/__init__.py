"""Documents: what the product offers to programs, described and rendered from our own files."""
