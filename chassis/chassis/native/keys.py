"""Keys and secrets of an installation on one machine, made once and readable by their owner only.

`python -m chassis.native.keys PRIVATE SHARED` makes them in the folder PRIVATE, which only the gateway is to see, and puts
what every service needs (the public set, the cursor secret) into SHARED.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.native.refusal import CannotStart


@dataclass(frozen=True)
class Keys:
    """Where the keys lie; `cursor_secret` is the secret itself."""

    internal_key: Path
    internal_jwks: Path
    access_key: Path
    cursor_secret: str


def ensure_keys(folder: Path) -> Keys:
    """Make what is missing in `folder`; what is there stays, so that tokens and cursors outlive a restart.

    Raises: CannotStart when an existing file is not what it should be.
    """
    internal, access = folder / "internal.jwk", folder / "access.jwk"
    jwks, cursor = folder / "internal.jwks", folder / "cursor.secret"
    for private in (internal, access):
        _once(private, _new_key)
        _checked(private)
    _once(cursor, lambda: secrets.token_urlsafe(32))
    public = {name: value for name, value in _checked(internal).items() if name != "d"}
    _write(jwks, json.dumps({"keys": [public]}))
    return Keys(internal, jwks, access, cursor.read_text().strip())


def _new_key() -> str:
    from joserfc.jwk import OKPKey

    key = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)
    return json.dumps(key.as_dict(private=True))


def _checked(path: Path) -> dict[str, Any]:
    try:
        key: Any = json.loads(path.read_text())
    except ValueError:
        key = None
    if not isinstance(key, dict) or key.get("crv") != "Ed25519" or "d" not in key or "kid" not in key:
        raise CannotStart(f"The data directory is broken: {path} is not a private Ed25519 key.")
    return key


def _once(path: Path, make: Callable[[], str]) -> None:
    if not path.exists():
        _write(path, make())


def _write(path: Path, text: str) -> None:
    arriving = path.with_suffix(".arriving")
    arriving.unlink(missing_ok=True)
    with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    arriving.replace(path)


def main(private: Path, shared: Path) -> None:
    """Make the keys in `private` and share what services need. Raises: CannotStart."""
    keys = ensure_keys(private)
    _write(shared / keys.internal_jwks.name, keys.internal_jwks.read_text())
    _write(shared / "cursor.secret", keys.cursor_secret)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
