"""Plans, visits and what was said in them."""
