"""Facts of the customer service that promotion keeps for its own rules."""
