"""What other services tell of institutions: visits, stock that stands there, and their answers to a closing."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import ContactMoved
from contracts.events.promotion import (
    AccountClearedOfStock,
    AccountHeldByStock,
    LocationOpened,
    MaterialCreated,
    StockMoved,
)
from contracts.events.visits import (
    AccountClearedOfVisits,
    AccountHeldByVisits,
    VisitCancelled,
    VisitConfirmed,
    VisitPlanned,
)
from contracts.values import LocationKind, MaterialClass

from customer.accounts.model import Account
from customer.closing.known import KnownDisplay, KnownPlace, KnownStock, KnownVisit
from customer.closing.settle_contacts import answer_for_contacts, take_answer


@reacts_to(VisitPlanned)
async def expect_visit(event: VisitPlanned, work: UnitOfWork) -> None:
    """Somebody means to go there."""
    visit = event.visit
    await work.put(
        KnownVisit(
            id=visit.visit_id,
            sequence=work.cause.sequence or 0,
            account_id=visit.account_id,
            planned_on=work.date_of(visit.planned_at),
        )
    )


@reacts_to(VisitConfirmed)
async def forget_confirmed_visit(event: VisitConfirmed, work: UnitOfWork) -> None:
    """The visit is over."""
    await work.drop(KnownVisit, event.visit.visit_id)


@reacts_to(VisitCancelled)
async def forget_cancelled_visit(event: VisitCancelled, work: UnitOfWork) -> None:
    """The visit will not take place."""
    await work.drop(KnownVisit, event.visit.visit_id)


@reacts_to(LocationOpened)
async def know_place(event: LocationOpened, work: UnitOfWork) -> None:
    """An institution has something of ours."""
    place = event.location
    if place.account_id is not None:
        await work.put(KnownPlace(id=place.location_id, sequence=work.cause.sequence or 0, account_id=place.account_id))


@reacts_to(MaterialCreated)
async def know_display(event: MaterialCreated, work: UnitOfWork) -> None:
    """Displays are not given away."""
    if event.material.class_ is MaterialClass.POS:
        await work.put(KnownDisplay(id=event.material.material_id, sequence=work.cause.sequence or 0))


@reacts_to(StockMoved)
async def know_stock(event: StockMoved, work: UnitOfWork) -> None:
    """What stands at institutions is more, less or gone."""
    balance = event.balance
    if balance.location_kind is not LocationKind.CUSTOMER:
        return
    if balance.on_hand <= 0:
        await work.drop(KnownStock, balance.balance_id)
        return
    await work.put(
        KnownStock(
            id=balance.balance_id,
            sequence=work.cause.sequence or 0,
            location_id=balance.location_id,
            material_id=balance.material_id,
            on_hand=balance.on_hand,
        )
    )


@reacts_to(AccountClearedOfVisits)
async def hear_that_visits_are_over(event: AccountClearedOfVisits, work: UnitOfWork) -> None:
    """No visit depends on it any more."""
    await _take_answer("visits", event.clearance.account_id, event.clearance.attempt, [], work)


@reacts_to(AccountHeldByVisits)
async def hear_of_open_visits(event: AccountHeldByVisits, work: UnitOfWork) -> None:
    """Visits were planned before the closing was heard of."""
    await _take_answer("visits", event.clearance.account_id, event.clearance.attempt, event.visit_ids, work)


@reacts_to(AccountClearedOfStock)
async def hear_that_stock_is_gone(event: AccountClearedOfStock, work: UnitOfWork) -> None:
    """Nothing of ours stands there any more."""
    await _take_answer("promotion", event.clearance.account_id, event.clearance.attempt, [], work)


@reacts_to(AccountHeldByStock)
async def hear_of_stock(event: AccountHeldByStock, work: UnitOfWork) -> None:
    """Something of ours stands there."""
    await _take_answer("promotion", event.clearance.account_id, event.clearance.attempt, event.balance_ids, work)


@reacts_to(ContactMoved)
async def see_a_contact_leave(event: ContactMoved, work: UnitOfWork) -> None:
    """Somebody works elsewhere; perhaps it was the last."""
    account = await work.find_one(Account, {"_id": event.from_account_id})
    if account is not None:
        await answer_for_contacts(account, work)


async def _take_answer(service: str, account_id: str, attempt: int, holding: list[str], work: UnitOfWork) -> None:
    account = await work.find_one(Account, {"_id": account_id})
    if account is not None:
        await take_answer(account, service, attempt, holding, work)
