"""What other services have at institutions, kept from their events: enough to refuse a closing at once."""

from datetime import date
from typing import ClassVar

from chassis.aggregate import Index, Replica
from contracts.ids import AccountId, LocationId, MaterialId


class KnownVisit(Replica, collection="known_visits"):
    """A visit that is not over; finished ones are forgotten."""

    INDEXES: ClassVar[list[Index]] = [Index([("account_id", 1)])]

    account_id: AccountId
    planned_on: date


class KnownPlace(Replica, collection="known_places"):
    """A place of stock that belongs to an institution."""

    INDEXES: ClassVar[list[Index]] = [Index([("account_id", 1)])]

    account_id: AccountId


class KnownDisplay(Replica, collection="known_displays"):
    """Material that stays the company's where it stands (point of sale); whatever else is left there is given away."""


class KnownStock(Replica, collection="known_stock"):
    """Units of one lot at a place of an institution."""

    INDEXES: ClassVar[list[Index]] = [Index([("location_id", 1)])]

    location_id: LocationId
    material_id: MaterialId
    on_hand: int
