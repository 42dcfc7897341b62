"""What a company wants to know beside the fields that everybody has: definitions as data, typed values."""
