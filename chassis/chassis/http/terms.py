"""The terms of a write, from its headers: `If-Match` (RFC 9110) and `Idempotency-Key`."""

import re
from collections.abc import Iterator, Mapping

from chassis.refusals import Violation

KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
MATCH_PATTERN = r'^(\*|(W/)?"[\x21\x23-\x7e]{0,100}")$'
NEVER = -1
"""A version that no resource has: the tag is well formed and matches nothing."""

_KEY = re.compile(KEY_PATTERN)
_MATCH = re.compile(MATCH_PATTERN)
_VERSION = re.compile(r'^"([0-9]{1,15})"$')


def malformed(headers: Mapping[str, str]) -> Iterator[Violation]:
    """What is wrong with the form of the headers, whether the route looks at them or not."""
    key = headers.get("idempotency-key")
    if key is not None and not _KEY.match(key):
        yield Violation("invalid_idempotency_key", "1 to 255 visible ASCII characters", "Idempotency-Key")
    match = headers.get("if-match")
    if match is not None and not _MATCH.match(match.strip()):
        yield Violation("invalid_if_match", 'One entity tag such as "3", or *', "If-Match")


def version_in(match: str) -> int | None:
    """The version that a well-formed If-Match names; None for `*`, `NEVER` for a weak tag or one that is no version."""
    if match.strip() == "*":
        return None
    found = _VERSION.match(match.strip())
    return int(found[1]) if found else NEVER
