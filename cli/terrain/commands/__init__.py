"""One file per command of `terrain`; each parses, calls one function elsewhere, and prints."""
