"""What the visits service is told by its environment."""

from functools import cache

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class VisitTerms(BaseSettings):
    """The company's terms of a visit."""

    model_config = SettingsConfigDict(env_prefix="", case_sensitive=False, extra="ignore", frozen=True)

    check_in_radius_m: int = Field(default=500, ge=0, le=100_000)
    """A check-in further than this (plus its accuracy, up to 200 m) from the institution is an exception."""
    submission_due_hours: int = Field(default=48, ge=1, le=24 * 365)
    """The first submission is due this long after the check-out."""


class VisitsSettings(VisitTerms, ServiceSettings):
    """Settings of the visits service."""

    database: str = Field(default="visits", min_length=1, max_length=60)
    """Name of this service's own database."""


@cache
def terms() -> VisitTerms:
    """The terms of this process, read from its environment once."""
    return VisitTerms()
