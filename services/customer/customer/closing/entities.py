"""A closing that is under way."""

from collections.abc import Sequence
from datetime import date, datetime

from chassis.aggregate import Entity
from pydantic import Field

CONTACTS = "customer"
"""Who answers for the contacts that work there: this service itself."""
ASKED = (CONTACTS, "promotion", "visits")
"""Services that may have something at an institution; each answers an attempt to close it."""
MAX_HOLDING = 100


class Answer(Entity):
    """What one service has said: the ids of what it still has there, none when it has nothing."""

    service: str
    holding: list[str] = Field(default_factory=list[str])


class Closing(Entity):
    """An attempt to close an institution from `on`, and what has been answered to it."""

    attempt: int
    asked_at: datetime
    on: date
    answers: list[Answer] = Field(default_factory=list[Answer])

    @property
    def waiting_for(self) -> list[str]:
        """Services that have not answered that they have nothing there."""
        clear = {answer.service for answer in self.answers if not answer.holding}
        return [service for service in ASKED if service not in clear]

    @property
    def waits(self) -> bool:
        """True while anybody is waited for."""
        return bool(self.waiting_for)

    def answered(self, service: str, holding: Sequence[str]) -> "Closing":
        """The closing after an answer, which takes the place of that service's last one."""
        others = [answer for answer in self.answers if answer.service != service]
        new = Answer(service=service, holding=list(holding)[:MAX_HOLDING])
        return self.model_copy(update={"answers": sorted([*others, new], key=lambda one: one.service)})
