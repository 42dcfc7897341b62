"""`/stock`: balances, movements, receipts and transfers."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Query, Read, Router, Run
from contracts.events.promotion import MovementKind
from contracts.ids import ContactId, LocationId, LotId, MaterialId, MovementId, VisitId
from contracts.roles import Permission
from pydantic import BaseModel

from promotion.stock.model import Movement, Quantity, StockBalance
from promotion.stock.queries import chain_of_custody, stock_rows
from promotion.stock.receive_stock import ReceiveStock, receive_stock
from promotion.stock.transfer_stock import TransferStock, transfer_stock

router = Router(prefix="/stock", tags=["stock"])


class ReceiptBody(Body):
    """Units of a lot that arrive at a warehouse or office."""

    lot_id: LotId
    location_id: LocationId
    quantity: Quantity


class TransferBody(Body):
    """Units of a lot that change hands inside the company."""

    lot_id: LotId
    from_location_id: LocationId
    to_location_id: LocationId
    quantity: Quantity


class StockRowOut(BaseModel):
    """Units of a lot at a location; `available` = on hand − reserved."""

    material_id: MaterialId
    lot_id: LotId
    location_id: LocationId
    on_hand: int
    available: int

    @classmethod
    def of(cls, balance: StockBalance) -> "StockRowOut":
        """The row of a balance."""
        return cls(
            material_id=balance.material_id,
            lot_id=balance.lot_id,
            location_id=balance.location_id,
            on_hand=balance.on_hand,
            available=balance.available,
        )


class LegOut(BaseModel):
    """One side of a movement: `quantity` is signed, `on_hand` what the location had afterwards (null out of scope)."""

    location_id: LocationId
    quantity: int
    on_hand: int | None


class MovementOut(BaseModel):
    """A movement; its legs sum to zero."""

    movement_id: MovementId
    kind: MovementKind
    material_id: MaterialId
    lot_id: LotId
    quantity: int
    legs: list[LegOut]
    at: datetime
    visit_id: VisitId | None
    contact_id: ContactId | None

    @classmethod
    def of(cls, movement: Movement, seen: Collection[LocationId] | None = None) -> "MovementOut":
        """The resource of an aggregate for somebody who sees the places `seen` (None = both)."""
        return cls(
            movement_id=movement.id,
            kind=movement.kind,
            material_id=movement.material_id,
            lot_id=movement.lot_id,
            quantity=movement.quantity,
            legs=[
                LegOut(
                    location_id=leg.location_id,
                    quantity=leg.quantity,
                    on_hand=leg.on_hand if seen is None or leg.location_id in seen else None,
                )
                for leg in movement.legs
            ],
            at=movement.at,
            visit_id=movement.visit_id,
            contact_id=movement.contact_id,
        )


@router.post("/receipts", status_code=201, permission=Permission.STOCK_RECEIVE, response_model=MovementOut)
async def post_receipt(body: ReceiptBody, run: Run) -> Answer:
    """Book goods that arrive from the supplier."""
    command = ReceiveStock(**body.fields())
    movement = await run(receive_stock, command, locks=command.locks())
    return Answer(MovementOut.of(movement), version=movement.version, status=201)


@router.post("/transfers", status_code=201, permission=Permission.STOCK_TRANSFER, response_model=MovementOut)
async def post_transfer(body: TransferBody, run: Run) -> Answer:
    """Hand stock from one place to another."""
    command = TransferStock(**body.fields())
    movement = await run(transfer_stock, command, locks=command.locks())
    return Answer(MovementOut.of(movement), version=movement.version, status=201)


@router.get("", permission=Permission.STOCK_READ, response_model=Page[StockRowOut])
async def list_stock(
    read: Read,
    page: PageArgs,
    lot_id: LotId | None = None,
    location_id: LocationId | None = None,
    material_id: MaterialId | None = None,
) -> Answer:
    """What is where."""
    rows = await stock_rows(
        read, page, out=StockRowOut.of, lot_id=lot_id, location_id=location_id, material_id=material_id
    )
    return Answer(rows)


@router.get("/movements", permission=Permission.STOCK_READ, response_model=Page[MovementOut])
async def list_movements(read: Read, page: PageArgs, lot_id: Annotated[LotId, Query()]) -> Answer:
    """The chain of custody of a lot."""
    return Answer(await chain_of_custody(read, page, out=MovementOut.of, lot_id=lot_id))
