"""Benchmarks: our paths beside their raw limits, in one run. Nothing here fails because a machine is slow."""
