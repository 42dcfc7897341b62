"""Answering a closing: at once, and again when the last display has left the institution."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountFactsBegan, AccountStageChanged, AccountState
from contracts.events.promotion import StockMoved
from contracts.ids import AccountId, BalanceId
from contracts.values import LocationKind, MaterialClass, Stage

from promotion.clearances.model import StockClearance, clearance_id
from promotion.locations.model import Location, location_id
from promotion.materials.model import Material
from promotion.stock.model import StockBalance


@reacts_to(AccountStageChanged)
async def answer_closing(event: AccountStageChanged, work: UnitOfWork) -> None:
    """The institution closes."""
    await _answer(event.account, work)


@reacts_to(AccountFactsBegan)
async def answer_planned_closing(event: AccountFactsBegan, work: UnitOfWork) -> None:
    """The day of a planned closing has come."""
    if "stage" in event.facts:
        await _answer(event.account, work)


@reacts_to(StockMoved)
async def answer_after_movement(event: StockMoved, work: UnitOfWork) -> None:
    """Stock came to a customer's place or left it; perhaps nothing is left."""
    if event.balance.location_kind is not LocationKind.CUSTOMER:
        return
    place = await work.find_one(Location, {"_id": event.balance.location_id})
    if place is None or place.account_id is None:
        return
    clearance = await work.find_one(StockClearance, {"_id": clearance_id(place.account_id)})
    if clearance is None or not clearance.holding:
        return
    left = await _displays(place.account_id, work)
    if left != clearance.holding:
        work.save(clearance, clearance.answer(clearance.attempt, left))


async def _answer(account: AccountState, work: UnitOfWork) -> None:
    if account.stage is not Stage.CLOSING or account.closing_attempt is None:
        return
    found = await work.find_one(StockClearance, {"_id": clearance_id(account.account_id)})
    clearance = found or StockClearance.open(account.account_id, account.stamps)
    answered = clearance.answer(account.closing_attempt, await _displays(account.account_id, work))
    if found is None:
        work.add(clearance, answered)
    else:
        work.save(clearance, answered)


async def _displays(account_id: AccountId, work: UnitOfWork) -> list[BalanceId]:
    """Balances of point-of-sale material at the institution; samples, gifts and literature are given away there."""
    place = location_id(LocationKind.CUSTOMER, account_id)
    balances = [one for one in await work.find(StockBalance, {"location_id": place}) if one.on_hand > 0]
    if not balances:
        return []
    materials = await work.find(Material, {"_id": {"$in": sorted({one.material_id for one in balances})}})
    displays = {one.id for one in materials if one.material_class is MaterialClass.POS}
    return sorted(one.id for one in balances if one.material_id in displays)
