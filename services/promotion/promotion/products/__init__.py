"""Products, own and competitors'."""
