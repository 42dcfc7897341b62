"""Making tokens that look like the real ones, with whatever is wrong with them."""

import base64
import hashlib
import hmac
import json
from typing import Any

from chassis.tokens import new_signing_key
from joserfc.jwk import OKPKey

Claims = dict[str, Any]


def part(content: Any) -> str:
    """A part of a token: JSON, base64url."""
    return encoded(json.dumps(content).encode())


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims_of(token: str) -> Claims:
    """What a token says, unverified."""
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def signed(claims: Any, key: dict[str, Any], **header: Any) -> str:
    """A token signed with Ed25519, under a header of choice."""
    text = f"{part({'alg': 'Ed25519', **header})}.{part(claims)}"
    return f"{text}.{encoded(OKPKey.import_key(key).get_op_key('sign').sign(text.encode()))}"


def unsigned(claims: Claims, signature: str = "", **header: Any) -> str:
    """A token that claims something of its signature and has none, or any."""
    return f"{part(header)}.{part(claims)}.{signature}"


def with_secret(claims: Claims, secret: bytes, **header: Any) -> str:
    """A token with an HMAC, as if the public key were a shared secret."""
    text = f"{part({'alg': 'HS256', **header})}.{part(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def forgeries(good: str, key: dict[str, Any], other_keys: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Tokens that nobody may take, made from a good one of `key`; what is wrong → token.

    `other_keys` are keys of the installation that are for something else.
    """
    claims, typ = claims_of(good), jwt_type(good)
    private, public = OKPKey.import_key(key), dict(OKPKey.import_key(key).as_dict(private=False))
    kid = private.kid or ""
    header = {"typ": typ, "kid": kid}
    stranger = new_signing_key()
    head, body, signature = good.split(".")
    found = {
        "no token": "nonsense",
        "three dots": "...",
        "too long": "x" * 6_000,
        "not ASCII": "é.é.é",
        "alg none": unsigned(claims, alg="none", **header),
        "alg None": unsigned(claims, alg="None", **header),
        "alg none, signed": unsigned(claims, signature, alg="none", **header),
        "alg missing": unsigned(claims, signature, **header),
        "alg null": unsigned(claims, signature, alg=None, **header),
        "alg EdDSA unsigned": unsigned(claims, alg="EdDSA", **header),
        "unsigned": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "five parts": f"{head}.{body}.{signature}.{signature}.{signature}",
        "another key": signed(claims, stranger, typ=typ, kid=kid),
        "another key, without kid": signed(claims, stranger, typ=typ),
        "another key, sent along": signed(
            claims, stranger, typ=typ, kid=kid, jwk=OKPKey.import_key(stranger).as_dict(private=False)
        ),
        "HMAC with the public key": with_secret(claims, json.dumps(public).encode(), **header),
        "HMAC with the raw public key": with_secret(claims, base64.urlsafe_b64decode(public["x"] + "="), **header),
        "HMAC with the public key as PEM": with_secret(claims, private.as_pem(private=False), **header),
        "HMAC with nothing": with_secret(claims, b"", **header),
        "other claims": f"{head}.{part(claims | {'sub': 'emp_0absent'})}.{signature}",
        "other header": f"{part({'alg': 'Ed25519', **header, 'x': 1})}.{body}.{signature}",
        "other signature": f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "cut off": good[:-10],
        "with a tail": good + "AAAA",
        "an extension that must be understood": signed(claims, key, **header, crit=["x"], x=1),
        "no claims": signed({}, key, **header),
        "claims that are a list": signed([1], key, **header),
        "claims that are text": signed("x", key, **header),
        "bottomless header": f"{encoded(b'[' * 3_000)}.{body}.{signature}",
        "another issuer": signed(claims | {"iss": "somebody"}, key, **header),
        "no issuer": signed(without(claims, "iss"), key, **header),
        "another audience": signed(claims | {"aud": "somebody"}, key, **header),
        "several audiences": signed(claims | {"aud": [claims["aud"], "somebody"]}, key, **header),
        "no audience": signed(without(claims, "aud"), key, **header),
        "no subject": signed(without(claims, "sub"), key, **header),
        "an operator for a subject": signed(claims | {"sub": {"$gt": ""}}, key, **header),
        "no end": signed(without(claims, "exp"), key, **header),
        "no beginning": signed(without(claims, "iat"), key, **header),
        "an end that is no number": signed(claims | {"exp": "later"}, key, **header),
        "an end that is true": signed(claims | {"exp": True}, key, **header),
        "issued in the future": signed(
            claims | {"iat": claims["iat"] + 600, "exp": claims["exp"] + 600}, key, **header
        ),
        "too long a life": signed(claims | {"exp": claims["iat"] + 86_400}, key, **header),
    }
    for name, other in other_keys.items():
        found[f"the key for {name}"] = signed(claims, other, typ=typ, kid=OKPKey.import_key(other).kid or "")
        found[f"the key for {name} under this key's name"] = signed(claims, other, **header)
    return found


def expired(good: str, key: dict[str, Any], *, by_s: int = 60) -> str:
    """The token as it would be, had it ended `by_s` seconds before it was made."""
    claims = claims_of(good)
    life = claims["exp"] - claims["iat"]
    shifted = {"iat": claims["iat"] - life - by_s, "exp": claims["iat"] - by_s}
    return signed(claims | shifted, key, typ=jwt_type(good), kid=OKPKey.import_key(key).kid or "")


def without(claims: Claims, name: str) -> Claims:
    """The claims but one."""
    return {one: value for one, value in claims.items() if one != name}


def jwt_type(token: str) -> str:
    """The `typ` of a token's header."""
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["typ"]
