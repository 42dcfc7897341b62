"""Signed cursors: a page ends with one, and nobody can make or change one."""

import base64
import hashlib
import hmac
from typing import Any

import orjson

from chassis.refusals import BadRequest

_SIGNATURE_BYTES = 12


class InvalidCursor(BadRequest):
    """The cursor was not made here, or for another list."""

    code = "invalid_cursor"
    title = "The cursor is not one that this list gave"


def encode_cursor(secret: str, content: dict[str, Any]) -> str:
    """The content, signed and made safe for a URL."""
    body = orjson.dumps(content)
    return as_text(_sign(secret, body) + body)


def decode_cursor(secret: str, cursor: str) -> dict[str, Any]:
    """The content of a cursor, in exactly the spelling it was given out in. Raises: InvalidCursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except ValueError as broken:
        raise InvalidCursor(field="cursor") from broken
    if as_text(raw) != cursor:  # the lenient reader skips foreign characters and the last one's spare bits
        raise InvalidCursor(field="cursor")
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(secret, body)):
        raise InvalidCursor(field="cursor")
    return orjson.loads(body)


def as_text(raw: bytes) -> str:
    """Bytes in base64url without padding: the one spelling in which they are given out."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
