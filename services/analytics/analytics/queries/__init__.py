"""Questions to the marts; each answers in the caller's scope only."""
