"""Internal tokens: one algorithm, one audience, one minute."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
import pytest
from chassis.refusals import Unauthenticated
from chassis.testing import a_rep
from chassis.tokens import LEEWAY_S, Mint, Verifier, mint, new_signing_key, public_jwks, verify
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

KEY = new_signing_key()
JWKS = public_jwks(KEY)
NOW = 1_800_000_000.0


def claims(**changed: Any) -> dict[str, Any]:
    full: dict[str, Any] = {
        "iss": "terrain-gateway",
        "aud": "visits",
        "iat": int(NOW),
        "exp": int(NOW) + 60,
        "sub": "emp_1",
        "roles": ["rep"],
        "paths": ["/unt_a/"],
        "lines": ["*"],
    }
    return {name: value for name, value in (full | changed).items() if value is not None}


def signed(content: dict[str, Any], key: dict[str, Any] = KEY, **header: Any) -> str:
    protected = {"alg": "Ed25519", "kid": key["kid"], **header}
    return jwt.encode(protected, content, OKPKey.import_key(key), algorithms=["Ed25519"])


def test_the_principal_comes_through_whole():
    principal = a_rep()
    assert verify(JWKS, mint(KEY, principal, "visits"), "visits") == principal


def test_the_public_keys_hold_no_private_one():
    assert "d" in KEY
    assert all("d" not in key for key in JWKS["keys"])


def test_a_token_never_lives_longer_than_a_minute():
    token = Mint(KEY).mint(a_rep(), "visits", now=NOW, lifetime_s=3600)
    verifier = Verifier(JWKS, "visits")
    assert verifier.verify(token, now=NOW + 60)
    with pytest.raises(Unauthenticated):
        Verifier(JWKS, "visits").verify(token, now=NOW + 60 + LEEWAY_S)
    with pytest.raises(Unauthenticated):
        verifier.verify(token, now=NOW + 60 + LEEWAY_S)


def test_the_sound_claims_are_accepted():
    assert verify(JWKS, signed(claims()), "visits", now=NOW).subject == "emp_1"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "customer"},
        {"aud": ["visits"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"exp": int(NOW) + 3600},
        {"exp": int(NOW) - 10},
        {"exp": None},
        {"exp": "soon"},
        {"iat": int(NOW) + 30},
        {"iat": None},
        {"sub": ""},
        {"sub": None},
        {"sub": "system:visits.reactions"},
        {"roles": ["king"]},
        {"roles": None},
        {"paths": "/"},
        {"paths": None},
        {"lines": [1]},
    ],
)
def test_claims_that_are_not_sound_are_refused(changed: dict[str, Any]):
    with pytest.raises(Unauthenticated):
        verify(JWKS, signed(claims(**changed)), "visits", now=NOW)


def test_a_key_of_somebody_else_is_refused():
    stranger = new_signing_key()
    with pytest.raises(Unauthenticated):
        verify(JWKS, signed(claims(), stranger), "visits", now=NOW)
    with pytest.raises(Unauthenticated):
        verify(JWKS, signed(claims(), stranger, kid=KEY["kid"]), "visits", now=NOW)


def part(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(algorithm: str):
    with pytest.raises(Unauthenticated):
        verify(JWKS, f"{part({'alg': algorithm})}.{part(claims())}.", "visits", now=NOW)


def test_the_public_key_is_no_shared_secret():
    secret = OctKey.import_key(orjson.dumps(JWKS["keys"][0]))
    token = jwt.encode({"alg": "HS256", "kid": KEY["kid"]}, claims(), secret, algorithms=["HS256"])
    with pytest.raises(Unauthenticated):
        verify(JWKS, token, "visits", now=NOW)


def test_changed_claims_are_refused():
    header, content, signature = signed(claims()).split(".")
    changed = orjson.loads(urlsafe_b64decode(content + "==")) | {"roles": ["admin"]}
    with pytest.raises(Unauthenticated):
        verify(JWKS, f"{header}.{part(changed)}.{signature}", "visits", now=NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "..", "x" * 5000, "é.é.é", f"{part([])}.{part([])}."])  # type: ignore[arg-type]
def test_nonsense_is_refused(token: str):
    with pytest.raises(Unauthenticated):
        verify(JWKS, token, "visits", now=NOW)


def test_a_token_seen_before_is_accepted_without_another_signature_check(monkeypatch: pytest.MonkeyPatch):
    verifier = Verifier(JWKS, "visits")
    token = mint(KEY, a_rep(), "visits")
    first = verifier.verify(token)
    monkeypatch.delattr(jwt, "decode")
    assert verifier.verify(token) == first
