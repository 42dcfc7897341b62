"""The parts a visit is made of, and its closed vocabularies."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from chassis.aggregate import Entity
from contracts.ids import ContactId, LotId, ProductId
from contracts.personal import Personal
from contracts.values import GeoPoint, Reaction
from pydantic import Field


class VisitFlag(StrEnum):
    """What a manager should look at; a flag never refuses."""

    CLOCK_AHEAD = "clock_ahead"
    """A device time was ahead of the server's, within what is taken."""
    LOCATION_EXCEPTION = "location_exception"
    """The check-in was further from the institution than radius + accuracy."""
    LOCATION_UNKNOWN = "location_unknown"
    """The institution has no point to compare with."""
    SUBMITTED_OFFLINE = "submitted_offline"
    """The report was handed in on the device more than 15 minutes before the server heard of it."""
    TELEPORT = "teleport"
    """Not reachable from the representative's previous check-out at 150 km/h."""


class CancellationReason(StrEnum):
    """Why a visit will not take place."""

    CONTACT_UNAVAILABLE = "contact_unavailable"
    INSTITUTION_CLOSED = "institution_closed"
    REPRESENTATIVE_UNAVAILABLE = "representative_unavailable"
    RESCHEDULED = "rescheduled"
    PLANNED_IN_ERROR = "planned_in_error"
    OTHER = "other"


class Fix(Entity):
    """Where a device believed to be: a point and the radius of its uncertainty in metres."""

    point: GeoPoint
    accuracy_m: float = Field(ge=0)


class PlacedFix(Entity):
    """A fix and when it was taken, by the device's clock."""

    at: datetime
    fix: Fix


class Detail(Entity):
    """A product that was spoken about, what was said, and how far the contact has come on the adoption ladder."""

    product_id: ProductId
    reaction: Reaction | None = None
    message: Annotated[str | None, Personal] = None


class Drop(Entity):
    """Units of a lot left with a contact."""

    lot_id: LotId
    contact_id: ContactId
    quantity: int = Field(ge=1)


class ReturnReason(Entity):
    """Why promotion refused; `line` counts the report's materials from 0, None speaks of the whole."""

    line: int | None = None
    code: str
    detail: str
