"""Who follows whose opinion: a network of contacts over time."""
