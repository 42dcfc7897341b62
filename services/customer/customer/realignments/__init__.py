"""Realignments: many alignments prepared together, simulated, and published to come into force on one date."""
