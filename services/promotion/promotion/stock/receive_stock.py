"""Goods arrive from the supplier."""

from chassis.command import Command
from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from contracts.events.promotion import MovementKind
from contracts.ids import LocationId, LotId, MovementId

from promotion.locations.model import SUPPLIER_ID, Location
from promotion.materials.model import Lot
from promotion.stock.ledger import Posting
from promotion.stock.model import Movement, Quantity, StockBalance, balance_id


class NoSupplier(Conflict):
    """The head office, which the supplier delivers to, has not been heard of yet."""

    code = "no_supplier"
    title = "The company's supplier location is not open yet"


class ReceiveStock(Command):
    """Book the arrival of units of a lot at a warehouse or office."""

    movement_id: MovementId | None = None
    lot_id: LotId
    location_id: LocationId
    quantity: Quantity

    def locks(self) -> list[str]:
        """Keys of the balances it changes, for the queue in front of the transaction."""
        return [balance_id(self.lot_id, SUPPLIER_ID), balance_id(self.lot_id, self.location_id)]


async def receive_stock(command: ReceiveStock, work: UnitOfWork) -> Movement:
    """Take the units from the supplier and give them to the location.

    Raises: RuleBroken (`unknown_reference`, `not_a_receiving_location`); NoSupplier.
    """
    posting = Posting(
        MovementKind.RECEIPT,
        command.lot_id,
        command.quantity,
        work.now,
        movement_id=command.movement_id or Movement.new_id(),
    )
    taken = await posting.take_from_outside(SUPPLIER_ID, work)
    given = await posting.give(command.location_id, work) if command.location_id != SUPPLIER_ID else None
    lot = await work.directory(Lot, command.lot_id, field="lot_id")
    location = await work.reference(Location, command.location_id, field="location_id")
    if location is not None and not location.receives:
        work.violate("location_id", "not_a_receiving_location", f"a {location.kind} location takes no deliveries")
    work.check()
    if lot is None or location is None:
        raise LookupError("checked above")
    if taken is None:
        supplier = await work.find_one(Location, {"_id": SUPPLIER_ID})
        if supplier is None:
            raise NoSupplier
        await posting.take_from_outside(SUPPLIER_ID, work, empty=lambda: StockBalance.empty(lot, supplier))
    if given is None:
        await work.require(location)  # the new row is seen by whoever sees the place, also when the place just moves
        await posting.give(location.id, work, empty=lambda: StockBalance.empty(lot, location))
    return posting.record(work)
