"""Settings come from the environment and are judged at the start."""

from pathlib import Path

import orjson
import pytest
from chassis.settings import ServiceSettings
from chassis.tokens import new_signing_key, public_jwks
from pydantic import ValidationError

JWKS = orjson.dumps(public_jwks(new_signing_key())).decode()
NEEDED = {"DATABASE": "notes", "INTERNAL_JWKS": JWKS, "CURSOR_SECRET": "0123456789abcdef"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_names_have_no_prefix(environment: pytest.MonkeyPatch):
    environment.setenv("MONGODB_URI", "mongodb://db:1")
    environment.setenv("HTTP_PORT", "8101")
    settings = ServiceSettings()
    assert (settings.mongodb_uri, settings.http_port, settings.database) == ("mongodb://db:1", 8101, "notes")


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_what_has_no_safe_default_must_be_given(environment: pytest.MonkeyPatch, name: str):
    environment.delenv(name)
    with pytest.raises(ValidationError) as caught:
        ServiceSettings()
    assert [error["loc"] for error in caught.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_ZONE", "Asia/Atlantis"),
        ("TIME_ZONE", "../etc/passwd"),
        ("HTTP_PORT", "99999"),
        ("LOG_LEVEL", "LOUD"),
        ("CURSOR_SECRET", "short"),
        ("REQUEST_DEADLINE_S", "0"),
    ],
)
def test_what_cannot_work_is_refused(environment: pytest.MonkeyPatch, name: str, value: str):
    environment.setenv(name, value)
    with pytest.raises(ValidationError):
        ServiceSettings()


def test_keys_come_inline_or_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path):
    inline = ServiceSettings().jwks()
    file = tmp_path / "keys.json"
    file.write_text(JWKS)
    environment.setenv("INTERNAL_JWKS", str(file))
    assert ServiceSettings().jwks() == inline == orjson.loads(JWKS)


def test_keys_that_are_none_are_refused(environment: pytest.MonkeyPatch):
    environment.setenv("INTERNAL_JWKS", '{"kty": "OKP"}')
    with pytest.raises(ValueError, match="no JWK set"):
        ServiceSettings().jwks()


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch):
    assert NEEDED["CURSOR_SECRET"] not in repr(ServiceSettings())


def test_every_setting_says_what_it_is_for():
    import inspect

    source = inspect.getsource(ServiceSettings)
    for name in ServiceSettings.model_fields:
        declaration = source.split(f"    {name}: ", 1)[1].split("\n", 1)[1].lstrip()
        assert declaration.startswith('"""'), name
