"""What contacts have consented to: which channel may be used for which purpose, and until when."""
