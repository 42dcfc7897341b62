"""Events of the influence network: who follows whose opinion. The words of a source are personal and not among them."""

from datetime import date

from contracts.events.base import Event, State
from contracts.ids import ContactId, InfluenceId


class InfluenceState(State):
    """`from_contact_id` influences `to_contact_id` from `valid_from` until `valid_to` (exclusive).

    `strength` (1–5) is the one that was confirmed last, on `confirmed_on`; from then on it halves every 365 days.
    """

    influence_id: InfluenceId
    from_contact_id: ContactId
    to_contact_id: ContactId
    type: str
    strength: int
    confirmed_on: date
    valid_from: date
    valid_to: date | None = None


class InfluenceRecorded(Event, type="customer.influence-recorded.v1", topic="customer.influence"):
    """Somebody's influence on somebody was recorded."""

    influence: InfluenceState


class InfluenceConfirmed(Event, type="customer.influence-confirmed.v1", topic="customer.influence"):
    """The influence was seen to be there, with this strength, on `on`."""

    influence: InfluenceState
    on: date


class InfluenceEnded(Event, type="customer.influence-ended.v1", topic="customer.influence"):
    """The influence ends on `on` (exclusive)."""

    influence: InfluenceState
    on: date


class InfluenceErased(Event, type="customer.influence-erased.v1", topic="customer.influence"):
    """One of the two persons was erased; where the knowledge came from is known no more."""

    influence: InfluenceState
