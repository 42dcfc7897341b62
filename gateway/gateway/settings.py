"""Settings of the gateway."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from chassis.settings import ServiceSettings
from chassis.tokens import public_jwks
from pydantic import Field, SecretStr, field_validator

from gateway.sessions.model import Lifetimes


class GatewaySettings(ServiceSettings):
    """What the environment may say; `chassis.settings` has the rest."""

    database: str = "terrain_gateway"
    http_port: int = 8080
    request_deadline_s: float = Field(default=15.0, gt=0)
    """Longer than the services' own, so that a service that is late can say so itself."""

    access_key: SecretStr
    """Private Ed25519 key that access tokens are signed with: a JWK as JSON, or the path of a file that holds one."""
    internal_key: SecretStr
    """Private Ed25519 key that internal tokens are signed with, likewise; services get its public half."""
    internal_jwks: str = ""
    """Not needed: follows from `internal_key`."""

    customer_url: str = "http://127.0.0.1:8001"
    visits_url: str = "http://127.0.0.1:8002"
    promotion_url: str = "http://127.0.0.1:8003"
    analytics_url: str = "http://127.0.0.1:8004"

    access_token_s: int = Field(default=900, ge=30, le=900)
    """Life of an access token."""
    session_idle_days: float = Field(default=14.0, gt=0)
    """A session that is not refreshed for so long ends."""
    session_days: float = Field(default=60.0, gt=0)
    """A session ends after so long in any case."""
    invitation_wait_s: float = Field(default=3.0, ge=0)
    """How long an activation waits for the event that brings its invitation."""

    requests_per_second: int = Field(default=200, ge=1)
    """Of one employee, in one gateway process."""
    login_attempts_per_minute: int = Field(default=10, ge=1)
    """Of one user name from one address, in one gateway process; success starts the count anew."""

    feed_clients: int = Field(default=500, ge=1)
    """Clients of the live feed in one gateway process."""
    feed_heartbeat_s: float = Field(default=15.0, gt=0)
    feed_send_timeout_s: float = Field(default=20.0, gt=0)
    """A feed client that takes nothing for so long is cut."""
    feed_keep: int = Field(default=2_000, ge=10)
    """Events that the live feed remembers; a client further behind is cut and may resume."""

    @field_validator("access_key", "internal_key")
    @classmethod
    def _private_key(cls, given: SecretStr) -> SecretStr:
        key = _read_key(given)
        if key.get("kty") != "OKP" or key.get("crv") != "Ed25519" or "d" not in key:
            raise ValueError("no private Ed25519 key as JWK")
        return given

    @cached_property
    def access_jwk(self) -> dict[str, Any]:
        """The key behind `access_key`."""
        return _read_key(self.access_key)

    @cached_property
    def internal_jwk(self) -> dict[str, Any]:
        """The key behind `internal_key`."""
        return _read_key(self.internal_key)

    def jwks(self) -> dict[str, Any]:
        """The public half of `internal_key`."""
        return public_jwks(self.internal_jwk)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long sessions live."""
        return Lifetimes(idle=timedelta(days=self.session_idle_days), whole=timedelta(days=self.session_days))

    @property
    def urls(self) -> dict[str, str]:
        """Where the services listen."""
        return {
            "customer": self.customer_url,
            "visits": self.visits_url,
            "promotion": self.promotion_url,
            "analytics": self.analytics_url,
        }


def _read_key(given: SecretStr) -> dict[str, Any]:
    text = given.get_secret_value().strip()
    try:
        raw = text.encode() if text.startswith("{") else Path(text).read_bytes()
        key = orjson.loads(raw)
    except (OSError, ValueError) as unreadable:
        raise ValueError("neither a JWK nor the path of one") from unreadable
    if not isinstance(key, dict):
        raise ValueError("neither a JWK nor the path of one")
    return key
