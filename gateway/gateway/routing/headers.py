"""Which headers pass the door, and in which direction."""

from collections.abc import Iterable

Raw = Iterable[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110, section 7.6.1: about one connection, never passed on."""

_NOT_INWARDS = _HOP_BY_HOP | {
    b"host",
    b"expect",
    b"content-length",
    b"authorization",
    b"cookie",
    b"forwarded",
    b"x-real-ip",
    b"x-request-id",
    b"x-deadline-ms",
    b"traceparent",
    b"tracestate",
    b"baggage",
}
"""The gateway says these itself, or nobody may say them from outside."""

_NOT_OUTWARDS = _HOP_BY_HOP | {b"date", b"server", b"x-request-id"}
"""Set anew on the way out."""


def inwards(raw: Raw) -> list[tuple[str, str]]:
    """What a service gets to see of a client's headers."""
    pairs = list(raw)
    named = _named_by_connection(pairs)
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in pairs
        if name not in _NOT_INWARDS and not name.startswith(b"x-forwarded-") and name not in named
    ]


def outwards(raw: Raw) -> list[tuple[bytes, bytes]]:
    """What a client gets to see of a service's headers."""
    pairs = [(name.lower(), value) for name, value in raw]
    named = _named_by_connection(pairs)
    return [(name, value) for name, value in pairs if name not in _NOT_OUTWARDS and name not in named]


def _named_by_connection(pairs: list[tuple[bytes, bytes]]) -> frozenset[bytes]:
    for name, value in pairs:
        if name == b"connection":
            return frozenset(part.strip().lower() for part in value.split(b",")) - {b"content-type", b"content-length"}
    return frozenset()
