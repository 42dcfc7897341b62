"""What the company works by: days until things are due, and what is accepted without a person."""
