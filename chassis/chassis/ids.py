"""Making identifiers: a prefix and a UUIDv7, so that ids sort by the time they were made."""

import uuid_utils


def new_id(prefix: str) -> str:
    """A fresh id, for example `acc_0197f3b0c1d27c4e8f3a…` (prefix, underscore, 32 hexadecimal digits)."""
    return f"{prefix}_{uuid_utils.uuid7().hex}"


def tail(identifier: str) -> str:
    """What stands behind the prefix; used to derive ids of documents that belong to one other document."""
    return identifier.split("_", 1)[1]
