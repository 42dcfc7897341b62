"""Stock: a balance per lot and location, and the movements that change two of them at a time."""

from datetime import datetime
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Balance, Entity, Index
from chassis.ids import tail
from chassis.refusals import Conflict
from contracts.events.promotion import MovementKind, StockBalanceState
from contracts.ids import BalanceId, ContactId, LocationId, LotId, MaterialId, VisitId
from contracts.values import LocationKind
from pydantic import Field

from promotion.locations.model import Location
from promotion.materials.model import Lot

MAX_QUANTITY = 1_000_000
"""Most units that one movement may carry; more is a typing error."""

Quantity = Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY)]
"""Units of a movement."""


class InsufficientStock(Conflict):
    """The place has less than is asked for; `available` says how much, `requested` how much was wanted."""

    code = "insufficient_stock"
    title = "There is not enough stock"


def balance_id(lot_id: LotId, location_id: LocationId) -> BalanceId:
    """The id of the balance of a lot at a location: always the same, so that two first movements meet on one row."""
    return f"bal_{tail(lot_id)}_{tail(location_id)}"


class StockBalance(Balance, kind="stock-balance", collection="stock_balances", prefix="bal"):
    """Units of one lot at one location. `available` = on hand − reserved; only the supplier's may be below zero."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("lot_id", 1)]),
        Index([("location_id", 1)]),
        Index([("material_id", 1)]),
    ]

    material_id: MaterialId
    lot_id: LotId
    location_id: LocationId
    location_kind: LocationKind
    on_hand: int = 0
    available: int = 0

    @classmethod
    def empty(cls, lot: Lot, location: Location) -> "StockBalance":
        """The balance before the first movement; who sees the location sees it."""
        return cls(
            id=balance_id(lot.id, location.id),
            material_id=lot.material_id,
            lot_id=lot.id,
            location_id=location.id,
            location_kind=location.kind,
            visible=location.visible,
        )

    def state(self) -> StockBalanceState:
        """What events tell of it."""
        return StockBalanceState(
            balance_id=self.id,
            material_id=self.material_id,
            lot_id=self.lot_id,
            location_id=self.location_id,
            location_kind=self.location_kind,
            on_hand=self.on_hand,
            available=self.available,
        )


class Leg(Entity):
    """`quantity` (signed) was added to a location's stock, which was `on_hand` afterwards."""

    location_id: LocationId
    quantity: int
    on_hand: int


class Movement(Aggregate, kind="movement", collection="movements", prefix="mov"):
    """Stock went from one location to another. Never changed once made; its events are the balances' (`StockMoved`).

    `at` is the business instant, `recorded_us` the order in which the ledger took it.
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("lot_id", 1), ("recorded_us", 1)]),
        Index([("visit_id", 1)], where={"visit_id": {"$type": "string"}}),
    ]

    kind: MovementKind
    material_id: MaterialId
    lot_id: LotId
    quantity: int = Field(ge=1)
    legs: list[Leg]
    at: datetime
    visit_id: VisitId | None = None
    contact_id: ContactId | None = None
