"""Answering a closing: at once, and again when the last open visit is over."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import AccountFactsBegan, AccountStageChanged, AccountState
from contracts.events.visits import VisitCancelled, VisitConfirmed
from contracts.ids import AccountId, VisitId
from contracts.values import Stage, VisitState

from visits.clearances.model import Clearance, clearance_id
from visits.visits.model import FINISHED, Visit

OPEN = [state.value for state in VisitState if state not in FINISHED]


@reacts_to(AccountStageChanged)
async def answer_closing(event: AccountStageChanged, work: UnitOfWork) -> None:
    """The institution closes: its replica takes no more plans from now on, so what is open now is all there will be."""
    await _answer(event.account, work)


@reacts_to(AccountFactsBegan)
async def answer_planned_closing(event: AccountFactsBegan, work: UnitOfWork) -> None:
    """The day of a planned closing has come."""
    if "stage" in event.facts:
        await _answer(event.account, work)


@reacts_to(VisitConfirmed)
async def answer_after_confirmation(event: VisitConfirmed, work: UnitOfWork) -> None:
    """A visit is over; perhaps it was the last."""
    await _answer_again(event.visit.account_id, work)


@reacts_to(VisitCancelled)
async def answer_after_cancellation(event: VisitCancelled, work: UnitOfWork) -> None:
    """A visit will not take place; perhaps it was the last."""
    await _answer_again(event.visit.account_id, work)


async def _answer(account: AccountState, work: UnitOfWork) -> None:
    if account.stage is not Stage.CLOSING or account.closing_attempt is None:
        return
    found = await work.find_one(Clearance, {"_id": clearance_id(account.account_id)})
    clearance = found or Clearance.open(account.account_id, account.stamps)
    answered = clearance.answer(account.closing_attempt, await _open_visits(account.account_id, work))
    if found is None:
        work.add(clearance, answered)
    else:
        work.save(clearance, answered)


async def _answer_again(account_id: AccountId, work: UnitOfWork) -> None:
    clearance = await work.find_one(Clearance, {"_id": clearance_id(account_id)})
    if clearance is None or not clearance.holding:
        return
    left = await _open_visits(account_id, work)
    if left != clearance.holding:
        work.save(clearance, clearance.answer(clearance.attempt, left))


async def _open_visits(account_id: AccountId, work: UnitOfWork) -> list[VisitId]:
    return sorted(visit.id for visit in await work.find(Visit, {"account_id": account_id, "state": {"$in": OPEN}}))
