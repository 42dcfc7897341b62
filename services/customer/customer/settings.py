"""What the customer service is told by its environment."""

from chassis.settings import ServiceSettings
from pydantic import Field


class CustomerSettings(ServiceSettings):
    """Settings of the customer service."""

    database: str = Field(default="customer", min_length=1, max_length=60)
    """Name of this service's own database."""
