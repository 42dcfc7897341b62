"""Sessions: signing in and out, passwords, and who a request comes from."""
