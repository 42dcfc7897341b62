"""A fingerprint of everything in the marts: a rebuild from zero must give the same one."""

import hashlib

import duckdb

from analytics.marts.schema import HASHED


def content_hash(connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str]]:
    """One hash of all marts, and one of each table; the order of rows does not matter, everything else does.

    Each row's text is digested (MD5) and the digests are summed, so that nothing is sorted or held.
    """
    tables = {name: _table_hash(connection, name) for name in HASHED}
    whole = hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in sorted(tables.items())).encode())
    return whole.hexdigest(), tables


def _table_hash(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    row = connection.execute(
        f"""SELECT count(*), coalesce(sum(md5_number_lower(text)), 0), coalesce(sum(md5_number_upper(text)), 0)
        FROM (SELECT row_of::VARCHAR AS text FROM {name} AS row_of)"""
    ).fetchall()[0]
    return hashlib.sha256(":".join(str(part) for part in row).encode()).hexdigest()
