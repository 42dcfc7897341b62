"""Internal tokens: what the gateway tells a service about the caller, signed, for at most a minute, for one service.

A JWT (RFC 7519) signed with Ed25519 (`alg: Ed25519`, RFC 9864: EdDSA with that curve) and nothing else.
"""

import time
from typing import Any

from contracts.roles import Role
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from chassis.principal import Principal
from chassis.refusals import Unauthenticated

ISSUER = "terrain-gateway"
LIFETIME_S = 60
LEEWAY_S = 5
"""Clocks of two machines may differ by this much."""

_ALGORITHM = "Ed25519"
_REMEMBERED = 4096


def new_signing_key() -> dict[str, Any]:
    """A fresh private key as JWK; `public_jwks` of it is what services get."""
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": _ALGORITHM}, private=True, auto_kid=True)
    return dict(key.as_dict(private=True))


def public_jwks(*keys: dict[str, Any]) -> dict[str, Any]:
    """The JWK set of the public halves."""
    return {"keys": [dict(OKPKey.import_key(key).as_dict(private=False)) for key in keys]}


class Mint:
    """Makes tokens with one private key."""

    def __init__(self, key: dict[str, Any], *, issuer: str = ISSUER) -> None:
        self._key = OKPKey.import_key(key)
        self._header = {"alg": _ALGORITHM, "typ": "JWT", "kid": self._key.kid or ""}
        self._issuer = issuer

    def mint(
        self, principal: Principal, audience: str, *, now: float | None = None, lifetime_s: int = LIFETIME_S
    ) -> str:
        """A token for `principal` that only the service `audience` accepts."""
        issued = int(time.time() if now is None else now)
        claims = {
            "iss": self._issuer,
            "aud": audience,
            "iat": issued,
            "exp": issued + min(lifetime_s, LIFETIME_S),
            "sub": principal.subject,
            "employee_id": principal.employee_id,
            "username": principal.username,
            "roles": sorted(principal.roles),
            "unit_id": principal.unit_id,
            "unit_path": principal.unit_path,
            "paths": list(principal.paths),
            "lines": list(principal.lines),
        }
        if principal.leaving:
            claims["leaving"] = True
        return jwt.encode(self._header, claims, self._key, algorithms=[_ALGORITHM])


class Verifier:
    """Checks tokens for one service; a token seen before is not verified twice within its life."""

    def __init__(self, jwks: dict[str, Any], audience: str, *, issuer: str = ISSUER) -> None:
        self._keys = KeySet.import_key_set(jwks)  # pyright: ignore[reportArgumentType]
        self._audience = audience
        self._issuer = issuer
        self._seen: dict[str, tuple[float, Principal]] = {}

    def verify(self, token: str, *, now: float | None = None) -> Principal:
        """The principal that a token speaks of.

        Raises: Unauthenticated, whatever is wrong with it: algorithm, signature, key, time, audience, shape.
        """
        at = time.time() if now is None else now
        known = self._seen.get(token)
        if known is not None and at < known[0]:
            return known[1]
        try:
            claims = jwt.decode(token, self._keys, algorithms=[_ALGORITHM]).claims
            until, principal = self._read(claims, at)
        except (JoseError, ValueError, TypeError, KeyError) as refused:
            raise Unauthenticated("the token is not valid here") from refused
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[token] = (until, principal)
        return principal

    def _read(self, claims: dict[str, Any], at: float) -> tuple[float, Principal]:
        issued, expires = claims["iat"], claims["exp"]
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise ValueError("times are no numbers")
        if claims["iss"] != self._issuer or claims["aud"] != self._audience:
            raise ValueError("for another audience or by another issuer")
        if not issued - LEEWAY_S <= at < expires + LEEWAY_S or expires - issued > LIFETIME_S:
            raise ValueError("not now, or for too long")
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject or subject.startswith("system:"):
            raise ValueError("no subject")
        principal = Principal(
            subject=subject,
            employee_id=claims.get("employee_id"),
            username=claims.get("username"),
            roles=frozenset(Role(role) for role in claims["roles"]),
            unit_id=claims.get("unit_id"),
            unit_path=claims.get("unit_path"),
            paths=_texts(claims["paths"]),
            lines=_texts(claims["lines"]),
            leaving=_flag(claims.get("leaving", False)),
        )
        return expires + LEEWAY_S, principal


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):  # pyright: ignore
        raise ValueError("no list of texts")
    return tuple(value)  # pyright: ignore[reportUnknownArgumentType]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("no truth value")
    return value


def mint(key: dict[str, Any], principal: Principal, audience: str, now: float | None = None) -> str:
    """One token; those who make many keep a `Mint`."""
    return Mint(key).mint(principal, audience, now=now)


def verify(jwks: dict[str, Any], token: str, audience: str, now: float | None = None) -> Principal:
    """One check; those who make many keep a `Verifier`. Raises: Unauthenticated."""
    return Verifier(jwks, audience).verify(token, now=now)
