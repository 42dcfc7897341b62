"""Change requests: what the field would have changed of institutions and contacts, judged by stewards field by field."""
