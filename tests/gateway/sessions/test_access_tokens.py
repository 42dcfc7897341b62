"""Access tokens: only our own, unexpired, for this door."""

import base64
import json
from datetime import date
from typing import Any

import pytest
from chassis.tokens import Mint, new_signing_key
from gateway.sessions.access_tokens import AUDIENCE, ISSUER, AccessTokens
from gateway.sessions.refusals import InvalidToken, TokenExpired
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.gateway.builders import ACCESS_KEY, INTERNAL_KEY, a_login

NOW = 1_772_000_000.0
GOOD = {"iss": ISSUER, "aud": AUDIENCE, "iat": int(NOW), "exp": int(NOW) + 900, "sub": "emp_1", "sid": "ses_1"}
HEADER = {"alg": "Ed25519", "typ": "at+jwt"}


def signed(claims: dict[str, Any], header: dict[str, Any] = HEADER, key: dict[str, Any] = ACCESS_KEY) -> str:
    return jwt.encode(header, claims, OKPKey.import_key(key), algorithms=["Ed25519", "EdDSA"])


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join([*parts, signature])


def test_a_token_says_who_and_in_which_session():
    tokens = AccessTokens(ACCESS_KEY)
    text, lives = tokens.mint("emp_1", "ses_1", until=NOW + 10_000, now=NOW)
    claims = tokens.verify(text, now=NOW + 899)
    assert (claims.employee_id, claims.session_id, lives) == ("emp_1", "ses_1", 900)


def test_a_token_ends_after_a_quarter_of_an_hour_even_when_remembered():
    tokens = AccessTokens(ACCESS_KEY)
    text, _ = tokens.mint("emp_1", "ses_1", until=NOW + 10_000, now=NOW)
    tokens.verify(text, now=NOW + 880)
    with pytest.raises(TokenExpired):
        tokens.verify(text, now=NOW + 900)


def test_a_token_never_outlives_its_session():
    _, lives = AccessTokens(ACCESS_KEY).mint("emp_1", "ses_1", until=NOW + 60, now=NOW)
    assert lives == 60


def test_a_longer_life_cannot_be_configured():
    assert AccessTokens(ACCESS_KEY, lifetime_s=10_000).lifetime_s == 900


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        "é.é.é",
        "." * 10,
        "x" * 5_000,
        signed(GOOD)[:-4] + "AAAA",
        signed(GOOD, key=new_signing_key()),
        signed(GOOD, key=INTERNAL_KEY),
        signed(GOOD, {"alg": "Ed25519", "typ": "JWT"}),
        signed(GOOD, {"alg": "Ed25519"}),
        signed(GOOD | {"aud": "customer"}),
        signed(GOOD | {"aud": [AUDIENCE, "customer"]}),
        signed(GOOD | {"iss": "somebody"}),
        signed(GOOD | {"exp": int(NOW) + 901}),
        signed(GOOD | {"exp": "later"}),
        signed(GOOD | {"exp": True}),
        signed(GOOD | {"iat": int(NOW) + 600, "exp": int(NOW) + 700}),
        signed({name: value for name, value in GOOD.items() if name != "exp"}),
        signed({name: value for name, value in GOOD.items() if name != "sid"}),
        signed(GOOD | {"sub": None}),
        signed(GOOD | {"sid": {"$gt": ""}}),
        unsigned({"alg": "none", "typ": "at+jwt"}, GOOD),
        unsigned({"alg": "None", "typ": "at+jwt"}, GOOD),
        unsigned({"alg": "Ed25519", "typ": "at+jwt"}, GOOD),
        unsigned({"alg": "Ed25519", "typ": "at+jwt", "crit": ["x"], "x": 1}, GOOD, "AAAA"),
        jwt.encode({"alg": "HS256", "typ": "at+jwt"}, GOOD, OctKey.import_key(ACCESS_KEY["x"])),
    ],
)
def test_everything_else_is_refused(text: str):
    with pytest.raises(InvalidToken):
        AccessTokens(ACCESS_KEY).verify(text, now=NOW)


def test_an_internal_token_does_not_open_the_door():
    text = Mint(ACCESS_KEY).mint(a_login().principal(date(2026, 3, 2)), AUDIENCE, now=NOW)
    with pytest.raises(InvalidToken):
        AccessTokens(ACCESS_KEY).verify(text, now=NOW)


def test_a_token_with_all_that_is_asked_for_is_accepted():
    """The refusals above are not refused for a reason that all of them share."""
    assert AccessTokens(ACCESS_KEY).verify(signed(GOOD), now=NOW).session_id == "ses_1"
