"""The organisation: a tree of units from the head office down to the territories."""
