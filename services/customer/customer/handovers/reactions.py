"""What other services tell of what employees have in their hands."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.promotion import LocationOpened, StockMoved
from contracts.events.visits import VisitCancelled, VisitConfirmed, VisitPlanned
from contracts.values import LocationKind

from customer.handovers.known import CarriedStock, OwnPlace, OwnVisit


@reacts_to(LocationOpened)
async def know_own_place(event: LocationOpened, work: UnitOfWork) -> None:
    """An employee can carry stock."""
    place = event.location
    if place.employee_id is not None:
        await work.put(OwnPlace(id=place.location_id, sequence=work.cause.sequence or 0, employee_id=place.employee_id))


@reacts_to(StockMoved)
async def know_carried_stock(event: StockMoved, work: UnitOfWork) -> None:
    """What an employee carries is more, less or nothing."""
    balance = event.balance
    if balance.location_kind is not LocationKind.REPRESENTATIVE:
        return
    if balance.on_hand <= 0:
        await work.drop(CarriedStock, balance.balance_id)
        return
    await work.put(
        CarriedStock(
            id=balance.balance_id,
            sequence=work.cause.sequence or 0,
            location_id=balance.location_id,
            material_id=balance.material_id,
            lot_id=balance.lot_id,
            on_hand=balance.on_hand,
        )
    )


@reacts_to(VisitPlanned)
async def know_own_visit(event: VisitPlanned, work: UnitOfWork) -> None:
    """An employee means to go somewhere."""
    visit = event.visit
    await work.put(
        OwnVisit(
            id=visit.visit_id,
            sequence=work.cause.sequence or 0,
            employee_id=visit.employee_id,
            account_id=visit.account_id,
        )
    )


@reacts_to(VisitConfirmed)
async def forget_own_visit(event: VisitConfirmed, work: UnitOfWork) -> None:
    """The visit is over."""
    await work.drop(OwnVisit, event.visit.visit_id)


@reacts_to(VisitCancelled)
async def forget_dropped_visit(event: VisitCancelled, work: UnitOfWork) -> None:
    """The visit will not take place."""
    await work.drop(OwnVisit, event.visit.visit_id)
