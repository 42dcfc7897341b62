"""Every event that a service may emit."""

from contracts.events import analytics, customer, promotion, visits
from contracts.events.base import REGISTRY, Event, State

__all__ = ["REGISTRY", "Event", "State", "analytics", "customer", "promotion", "visits"]
