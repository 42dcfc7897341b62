"""Stock is handed from one place of the company to another."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.events.promotion import MovementKind
from contracts.ids import LocationId, LotId, MovementId

from promotion.locations.model import Location
from promotion.materials.model import Lot
from promotion.stock.ledger import Posting
from promotion.stock.model import InsufficientStock, Movement, Quantity, StockBalance, balance_id


class TransferStock(Command):
    """Move units of a lot between two places that the caller sees."""

    movement_id: MovementId | None = None
    lot_id: LotId
    from_location_id: LocationId
    to_location_id: LocationId
    quantity: Quantity

    def locks(self) -> list[str]:
        """Keys of the balances it changes, for the queue in front of the transaction."""
        return sorted(balance_id(self.lot_id, place) for place in (self.from_location_id, self.to_location_id))


async def transfer_stock(command: TransferStock, work: UnitOfWork) -> Movement:
    """Take the units from one place and give them to the other.

    The balances come first, so that the transaction waits for nobody while it holds what it has read; a rule that is
    then found broken undoes them with everything else.

    Raises: RuleBroken (`unknown_reference`, `same_location`, `location_closed_to_transfers`, `lot_expired`,
    `not_own_stock`);
    InsufficientStock.
    """
    posting = Posting(
        MovementKind.TRANSFER,
        command.lot_id,
        command.quantity,
        work.now,
        movement_id=command.movement_id or Movement.new_id(),
    )
    taken = given = None
    if command.from_location_id == command.to_location_id:
        work.violate("to_location_id", "same_location", "stock is moved between two different locations")
    else:
        taken = await posting.take(command.from_location_id, work)
        given = await posting.give(command.to_location_id, work) if taken else None
    lot, target = await _look(command, work)
    if taken is None:
        row = await work.find_one(StockBalance, {"_id": balance_id(lot.id, command.from_location_id)})
        raise InsufficientStock(requested=command.quantity, available=row.available if row else 0)
    if given is None:
        await work.require(target)  # the new row is seen by whoever sees the place, also when the place just moves
        await posting.give(target.id, work, empty=lambda: StockBalance.empty(lot, target))
    return posting.record(work)


async def _look(command: TransferStock, work: UnitOfWork) -> tuple[Lot, Location]:
    """The lot and the destination, when no rule speaks against the transfer. Raises: RuleBroken with all that do."""
    lot = await work.directory(Lot, command.lot_id, field="lot_id")
    source = await work.reference(Location, command.from_location_id, field="from_location_id")
    leaver = work.principal if work.principal.leaving else None
    if leaver:  # who hands over what is carried along may give it to any place that takes part in transfers
        target = await work.directory(Location, command.to_location_id, field="to_location_id")
        if source is not None and source.employee_id != leaver.employee_id:
            work.violate("from_location_id", "not_own_stock", "who leaves hands over own stock only")
    else:
        target = await work.reference(Location, command.to_location_id, field="to_location_id")
    for name, location in (("from_location_id", source), ("to_location_id", target)):
        if location is not None and not location.takes_transfers:
            work.violate(name, "location_closed_to_transfers", f"a {location.kind} location takes part in no transfer")
    if lot is not None and lot.expired_on(work.today) and not leaver:
        work.violate("lot_id", "lot_expired", f"lot {lot.number} expired on {lot.expires_on}")
    work.check()
    if lot is None or target is None:
        raise LookupError("checked above")
    return lot, target
