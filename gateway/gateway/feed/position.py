"""Positions: the next offset of every partition of every topic, and the signed text that carries one to a client and back.

The text is kept short, because every event of the feed is sent with one: per topic a checksum of its name, the number of
partitions and the offsets as variable-length integers, behind a truncated HMAC-SHA-256.
"""

import hashlib
import hmac
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping

from chassis.cursors import as_text
from chassis.refusals import BadRequest

Position = Mapping[str, tuple[int, ...]]
"""Next offset by topic (its name in the contracts, without an installation's prefix) and partition."""

_SIGNATURE_BYTES = 12
_LONGEST = 8_000


class InvalidPosition(BadRequest):
    """The text was not made here, or not for this."""

    code = "invalid_cursor"
    title = "The cursor is not valid"


class Positions:
    """Writes and reads positions with one secret; `purpose` keeps the texts of different lists apart."""

    def __init__(self, secret: str, purpose: str, topics: Iterable[str]) -> None:
        self._key = hashlib.sha256(f"terrain {purpose}\0{secret}".encode()).digest()
        self._names = {zlib.crc32(name.encode()): name for name in topics}

    def write(self, position: Position) -> str:
        """The text that stands for a position."""
        body = bytearray()
        for name in sorted(position):
            offsets = position[name]
            body += zlib.crc32(name.encode()).to_bytes(4, "big")
            _put(body, len(offsets))
            for offset in offsets:
                _put(body, offset)
        return as_text(self._sign(bytes(body)) + body)

    def read(self, text: str) -> dict[str, tuple[int, ...]]:
        """The position behind a text, in exactly the spelling it was given out in; topics that are gone are left out.

        Raises: InvalidPosition.
        """
        if len(text) > _LONGEST:
            raise InvalidPosition(field="after")
        try:
            blob = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError as broken:
            raise InvalidPosition(field="after") from broken
        if as_text(blob) != text:  # the lenient reader skips foreign characters and the last one's spare bits
            raise InvalidPosition(field="after")
        body = blob[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(blob[:_SIGNATURE_BYTES], self._sign(body)):
            raise InvalidPosition(field="after")
        return self._parse(body)

    def _parse(self, body: bytes) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        at = 0
        while at < len(body):
            checksum = int.from_bytes(body[at : at + 4], "big")
            count, at = _take(body, at + 4)
            offsets: list[int] = []
            for _ in range(count):
                offset, at = _take(body, at)
                offsets.append(offset)
            if name := self._names.get(checksum):
                found[name] = tuple(offsets)
        return found

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_SIGNATURE_BYTES]


def advanced(position: Position, topic: str, partition: int, offset: int) -> dict[str, tuple[int, ...]]:
    """A position whose next offset of one partition is `offset`; the other topics are shared, not copied."""
    offsets = position.get(topic, ())
    if partition >= len(offsets):
        offsets += (0,) * (partition + 1 - len(offsets))
    return {**position, topic: (*offsets[:partition], offset, *offsets[partition + 1 :])}


def only(position: Position, topics: frozenset[str] | None) -> Position:
    """The part of a position that speaks of some topics (None = all)."""
    if topics is None:
        return position
    return {name: offsets for name, offsets in position.items() if name in topics}


def _put(body: bytearray, number: int) -> None:
    while number > 0x7F:
        body.append(number & 0x7F | 0x80)
        number >>= 7
    body.append(number)


def _take(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
