"""What analytics is told by its environment, beside what every service is told."""

import re
from pathlib import Path

from chassis.settings import ServiceSettings
from pydantic import Field, field_validator


class AnalyticsSettings(ServiceSettings):
    """Settings of analytics."""

    database: str = Field(default="analytics", min_length=1, max_length=60)
    """Holds requests to rebuild; the marts themselves live in DuckDB."""
    duckdb_path: Path = Path("analytics.duckdb")
    """Base of the marts' file names: generations are `<path>.g1`, `<path>.g2` …, the one in use is in `<path>.current`."""
    duckdb_memory_limit: str = "512MB"
    """What DuckDB may use, per generation (two exist during a rebuild), such as `512MB` or `4GB`."""
    duckdb_threads: int = Field(default=2, ge=1, le=256)
    """Threads that DuckDB computes with, per generation."""

    @field_validator("duckdb_memory_limit")
    @classmethod
    def _a_size(cls, text: str) -> str:
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)", text):
            raise ValueError("DUCKDB_MEMORY_LIMIT is a size such as 512MB or 4GB")
        return text
