"""The plan for an institution: what is to be reached there, with whom, against whom."""
