"""Keys stay the same across restarts, are private, and their public half verifies what the private half signed."""

import json
from pathlib import Path

import pytest
from chassis.native.keys import ensure_keys, main
from chassis.native.refusal import CannotStart
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey


def test_a_token_of_the_private_key_is_verified_with_the_published_set(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path)
    private = OKPKey.import_key(json.loads(keys.internal_key.read_text()))
    token = jwt.encode({"alg": "Ed25519", "kid": private.kid}, {"sub": "emp_1"}, private, algorithms=["Ed25519"])
    published = KeySet.import_key_set(json.loads(keys.internal_jwks.read_text()))
    assert jwt.decode(token, published, algorithms=["Ed25519"]).claims == {"sub": "emp_1"}


def test_the_published_set_holds_nothing_private(tmp_path: Path) -> None:
    (published,) = json.loads(ensure_keys(tmp_path).internal_jwks.read_text())["keys"]
    assert "d" not in published


def test_keys_are_kept_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first = ensure_keys(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert ensure_keys(tmp_path) == first
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_access_tokens_and_internal_tokens_have_different_keys(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path)
    assert json.loads(keys.internal_key.read_text())["x"] != json.loads(keys.access_key.read_text())["x"]


def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path)
    keys.access_key.write_text("{")
    with pytest.raises(CannotStart, match=r"access\.jwk is not a private Ed25519 key"):
        ensure_keys(tmp_path)
    assert keys.access_key.read_text() == "{"


def test_what_is_shared_with_the_services_holds_no_private_key(tmp_path: Path) -> None:
    private, shared = tmp_path / "private", tmp_path / "shared"
    private.mkdir()
    shared.mkdir()
    main(private, shared)
    assert sorted(path.name for path in shared.iterdir()) == ["cursor.secret", "internal.jwks"]
    assert '"d"' not in (shared / "internal.jwks").read_text()
