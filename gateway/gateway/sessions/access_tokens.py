"""Access tokens: who signed in, in which session, for at most a quarter of an hour.

A JWT (RFC 7519, typed as RFC 9068 asks) signed with Ed25519 and nothing else. It says who, never what is allowed: roles
and units are looked up at each request, so that a change of position needs no new sign-in.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from chassis.tokens import LEEWAY_S
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from gateway.sessions.refusals import InvalidToken, TokenExpired

ISSUER = "terrain-gateway"
AUDIENCE = "terrain"
LONGEST_S = 15 * 60

_ALGORITHM = "Ed25519"
_TYPE = "at+jwt"
_REMEMBER_S = 60.0
_REMEMBERED = 20_000
_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says."""

    employee_id: str
    session_id: str
    expires: float
    """Seconds since 1970."""


class AccessTokens:
    """Makes and verifies access tokens with one private key.

    A verified token is remembered by its digest for up to a minute, never beyond its own end; whether its session and
    position are still good is not remembered here.
    """

    def __init__(self, key: dict[str, Any], *, lifetime_s: int = LONGEST_S) -> None:
        self._key = OKPKey.import_key(key)
        self._public = OKPKey.import_key(dict(self._key.as_dict(private=False)))
        self._header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._key.kid or ""}
        self.lifetime_s = min(lifetime_s, LONGEST_S)
        self._verified: dict[bytes, tuple[float, AccessClaims]] = {}

    def mint(self, employee_id: str, session_id: str, *, until: float, now: float | None = None) -> tuple[str, int]:
        """A token and the seconds it lives: the lifetime, but never beyond `until` (seconds since 1970)."""
        issued = int(time.time() if now is None else now)
        expires = min(issued + self.lifetime_s, int(until))
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": issued,
            "exp": expires,
            "sub": employee_id,
            "sid": session_id,
        }
        return jwt.encode(self._header, claims, self._key, algorithms=[_ALGORITHM]), expires - issued

    def verify(self, token: str, *, now: float | None = None) -> AccessClaims:
        """What a token says.

        Raises: TokenExpired; InvalidToken for every other fault: signature, algorithm, key, audience, issuer, shape.
        """
        at = time.time() if now is None else now
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and at < known[0]:
            return known[1]
        claims = self._read(token, at)
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[digest] = (min(at + _REMEMBER_S, claims.expires), claims)
        return claims

    def _read(self, token: str, at: float) -> AccessClaims:
        if len(token) > _LONGEST_TEXT:
            raise InvalidToken
        try:
            opened = jwt.decode(token, self._public, algorithms=[_ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as refused:
            raise InvalidToken from refused
        claims = opened.claims
        issued, expires, subject, session = (claims.get(name) for name in ("iat", "exp", "sub", "sid"))
        if opened.header.get("typ") != _TYPE or claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
            raise InvalidToken
        if type(issued) is not int or type(expires) is not int or expires - issued > LONGEST_S:
            raise InvalidToken
        if not isinstance(subject, str) or not isinstance(session, str) or at < issued - LEEWAY_S:
            raise InvalidToken
        if at >= expires:
            raise TokenExpired
        return AccessClaims(subject, session, float(expires))
