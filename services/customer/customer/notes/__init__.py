"""Notes about an institution, in their authors' words."""
