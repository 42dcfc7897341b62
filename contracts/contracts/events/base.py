"""What every event has in common, and the registry of all of them."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

REGISTRY: dict[str, type["Event"]] = {}
"""Every event class by its CloudEvents type (`customer.contact-moved.v1`)."""


class State(BaseModel):
    """Public state of an aggregate as an event carries it. Consumers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(BaseModel):
    """Something that happened to one aggregate, together with the aggregate's public state afterwards.

    Subclasses name their CloudEvents type and topic:
    `class ContactMoved(Event, type="customer.contact-moved.v1", topic="customer.contact")`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    def __init_subclass__(cls, *, type: str | None = None, topic: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type is None or topic is None:
            return
        if type in REGISTRY:
            raise TypeError(f"event type {type} is declared twice")
        cls.TYPE, cls.TOPIC = type, topic
        REGISTRY[type] = cls
