"""Customer care (客户关怀): inquiries, complaints and occasions, and the plans that occasions come from."""
