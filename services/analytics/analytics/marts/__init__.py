"""The star schema in DuckDB: what is in it, how events become rows, and the files it lives in."""
