"""SecantusDB, a database that speaks MongoDB's wire protocol, as a separate local process.

It is GPL-2.0: it is only ever started, never imported.
"""

import shutil
import sys
from pathlib import Path

from chassis.native.ports import LOOPBACK
from chassis.native.refusal import CannotStart

CACHE = "256M"


def executable() -> str | None:
    """`secantusd-rs` when it is on the PATH (several times faster), else `secantusd-py`, else None."""
    beside = Path(sys.executable).parent / "secantusd-py"
    return shutil.which("secantusd-rs") or (str(beside) if beside.exists() else shutil.which("secantusd-py"))


def prepare(folder: Path, *, port: int) -> list[str]:
    """The command that runs the database on `folder`; every acknowledged commit is on disk. Raises: CannotStart."""
    program = executable()
    if program is None:
        raise CannotStart(
            "The local database is not installed: add the extra `embedded` of terrain-cli, or set MONGODB_URI."
        )
    folder.mkdir(parents=True, exist_ok=True)
    address = ["--host", LOOPBACK, "--port", str(port), "--storage-path", str(folder)]
    return [program, *address, "--sync-on-commit", "--cache-size", CACHE, "--log-level", "WARNING"]


def uri(port: int) -> str:
    """How clients reach it. It answers as a replica set of one, found directly."""
    return f"mongodb://{LOOPBACK}:{port}/?directConnection=true"


def is_up(uri: str, timeout: float = 1.0) -> bool:
    """True when the database at `uri` (any MongoDB) answers as a primary."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    try:
        with MongoClient(uri, serverSelectionTimeoutMS=int(timeout * 1000)) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False
