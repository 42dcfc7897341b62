"""Events of pairs of entries that may be one."""

from typing import Literal

from contracts.events.base import Event


class DuplicateDismissed(Event, type="customer.duplicate-dismissed.v1", topic="customer.duplicate-dismissal"):
    """A steward has said that two entries are not one; `score` (0 to 1) is what the comparison had said."""

    kind: Literal["account", "contact"]
    left_id: str
    right_id: str
    score: float
