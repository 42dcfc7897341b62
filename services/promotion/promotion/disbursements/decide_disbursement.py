"""Book a submitted visit's materials from the representative's stock, all lines or none."""

from chassis.work import ConcurrentChange, UnitOfWork
from contracts.events.promotion import MovementKind, RefusalReason
from contracts.events.visits import VisitSnapshot
from contracts.ids import MovementId
from contracts.values import LocationKind

from promotion.disbursements.model import Disbursement, disbursement_id
from promotion.disbursements.rules import objections
from promotion.locations.model import Location, location_id
from promotion.locations.open_location import open_for_account
from promotion.materials.model import Lot
from promotion.stock.ledger import Posting
from promotion.stock.model import StockBalance, balance_id


async def decide_disbursement(visit: VisitSnapshot, work: UnitOfWork) -> Disbursement:
    """Answer for (visit, attempt) once: booked with every line, or refused with every reason and nothing taken.

    Checked and booked on one snapshot. The increments are conditional all the same: when one fails because others
    took the stock meanwhile, the unit runs again and finds the reason.

    Raises: ConcurrentChange.
    """
    disbursement = await work.find_one(Disbursement, {"_id": disbursement_id(visit.visit_id)})
    fresh = disbursement is None
    if disbursement is None:
        disbursement = Disbursement.open(
            visit_id=visit.visit_id,
            account_id=visit.account_id,
            employee_id=visit.employee_id,
            path=visit.credited_path,
        )
    if disbursement.has_decided(visit.attempt):
        return disbursement
    lots = await _lots(visit, work)
    source = await _stock_location(visit, work)
    reasons = await _objections(visit, lots, source, work)
    if disbursement.booked:
        detail = "the visit's materials were booked by an earlier attempt"
        reasons.append(RefusalReason(code="already_booked", detail=detail))
    if reasons:
        decided = disbursement.refuse(visit.attempt, visit.materials, reasons, work.now)
    else:
        movements = await _move(visit, lots, source, work) if source is not None else []
        decided = disbursement.book(visit.attempt, visit.materials, movements, work.now)
    if fresh:
        work.add(disbursement, decided)
    else:
        work.save(disbursement, decided)
    return disbursement


async def _lots(visit: VisitSnapshot, work: UnitOfWork) -> dict[str, Lot]:
    wanted = sorted({line.lot_id for line in visit.materials})
    return {lot.id: lot for lot in await work.find(Lot, {"_id": {"$in": wanted}})} if wanted else {}


async def _stock_location(visit: VisitSnapshot, work: UnitOfWork) -> Location | None:
    if not visit.materials:
        return None
    return await work.find_one(Location, {"_id": location_id(LocationKind.REPRESENTATIVE, visit.employee_id)})


async def _objections(
    visit: VisitSnapshot, lots: dict[str, Lot], source: Location | None, work: UnitOfWork
) -> list[RefusalReason]:
    available = None
    if source is not None:
        rows = [balance_id(lot_id, source.id) for lot_id in sorted(lots)]
        available = {row.lot_id: row.available for row in await work.find(StockBalance, {"_id": {"$in": rows}})}
    return objections(
        visit.materials,
        attendees=visit.attendees,
        lots=lots,
        available=available,
        on=visit.visited_on or work.today,
    )


async def _move(visit: VisitSnapshot, lots: dict[str, Lot], source: Location, work: UnitOfWork) -> list[MovementId]:
    """One movement per line, dated by the end of the call, from the representative to the customer."""
    target = await open_for_account(visit.account_id, work, path=visit.credited_path)
    movements: list[MovementId] = []
    for line in visit.materials:
        posting = Posting(
            MovementKind.DISBURSEMENT,
            line.lot_id,
            line.quantity,
            visit.checked_out_at or work.now,
            visit_id=visit.visit_id,
            contact_id=line.contact_id,
        )
        if await posting.take(source.id, work) is None:
            raise ConcurrentChange
        lot = lots[line.lot_id]
        if await posting.give(target.id, work) is None:
            await work.require(target)  # the new row is seen by whoever sees the place, also when the place just moves
            await posting.give(target.id, work, empty=lambda lot=lot: StockBalance.empty(lot, target))
        movements.append(posting.record(work).id)
    return movements
