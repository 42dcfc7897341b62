"""What a service is told by its environment. Names have no prefix: `MONGODB_URI`, `HTTP_PORT` …"""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings that every service knows; a service adds its own in a subclass."""

    model_config = SettingsConfigDict(env_prefix="", case_sensitive=False, extra="ignore", frozen=True)

    mongodb_uri: str = "mongodb://127.0.0.1:27017"
    """Address of the database: any MongoDB 6+ replica set or sharded cluster."""
    database: str = Field(min_length=1, max_length=60)
    """Name of this service's own database."""
    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    """Addresses of the broker, comma-separated."""
    topic_prefix: str = ""
    """Put before every topic and consumer group, so that several installations can share a broker."""

    kafka_max_poll_interval_ms: int = Field(default=300_000, ge=1_000)
    """A consumer that is busy with its records for longer loses its partitions to another."""

    http_host: str = "127.0.0.1"
    """Interface to listen on."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on."""
    internal_jwks: str = Field(min_length=1)
    """Public keys that internal tokens are verified with: a JWK set as JSON, or the path of a file that holds one."""
    cursor_secret: SecretStr = Field(min_length=16)
    """Signs cursors; the same for all processes of an installation."""

    time_zone: str = "Asia/Shanghai"
    """The organisation's time zone: business dates are dates there."""
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024)
    """Larger bodies are refused (413)."""
    request_deadline_s: float = Field(default=10.0, gt=0)
    """A request that takes longer is given up (504)."""
    max_in_flight: int = Field(default=256, ge=1)
    """Requests beyond it are refused at once (503)."""
    drain_s: float = Field(default=10.0, ge=0)
    """Time that running requests get when the process is asked to end."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where spans are sent (OTLP over HTTP); without it none are recorded."""

    relay_lease_s: float = Field(default=5.0, gt=0)
    """How long the active relay may stay silent before another takes over."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except Exception as unknown:
            raise ValueError(f"{name!r} is no time zone of the IANA database") from unknown
        return name

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, name: str) -> str:
        if name.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("LOG_LEVEL is one of DEBUG, INFO, WARNING, ERROR")
        return name.upper()

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.time_zone)

    def jwks(self) -> dict[str, Any]:
        """The keys of `internal_jwks`.

        Raises: ValueError when it is neither a JWK set nor the path of one.
        """
        text = self.internal_jwks.strip()
        raw = text.encode() if text.startswith("{") else Path(text).read_bytes()
        keys = orjson.loads(raw)
        if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
            raise ValueError("INTERNAL_JWKS holds no JWK set")
        return keys
