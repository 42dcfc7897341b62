"""What other services' events do to visits: promotion answers submissions, contacts move, alignments change."""

from datetime import date

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountMerged,
    AccountRealigned,
    AccountUnmerged,
    AffiliationCancelled,
    AffiliationCorrected,
    ContactErased,
    ContactLeft,
    ContactMoved,
    ContactState,
    EmployeeReassigned,
)
from contracts.events.promotion import DisbursementBooked, DisbursementRefused
from contracts.values import VisitState

from visits.known.model import Employment, KnownAccount, KnownContact
from visits.known.survivors import also_known_as, survivor
from visits.visits.model import FINISHED, WORDS, Visit
from visits.visits.restamp_visits import VISITS


@reacts_to(DisbursementBooked)
async def confirm_visit(event: DisbursementBooked, work: UnitOfWork) -> None:
    """The materials are booked: the visit is confirmed, if it still waits for this attempt."""
    visit = await work.get(Visit, event.disbursement.visit_id)
    confirmed = visit.confirm(event.disbursement.attempt, work.now)
    if confirmed:
        work.save(visit, confirmed)


@reacts_to(DisbursementRefused)
async def return_visit(event: DisbursementRefused, work: UnitOfWork) -> None:
    """Promotion refused: the visit goes back to its author with the reasons, if it still waits for this attempt."""
    visit = await work.get(Visit, event.disbursement.visit_id)
    returned = visit.give_back(event.disbursement.attempt, event.reasons)
    if returned:
        work.save(visit, returned)


@reacts_to(ContactMoved)
async def release_contact(event: ContactMoved, work: UnitOfWork) -> None:
    """Planned visits at institutions where the contact no longer works on the planned day go on without the contact."""
    await _release(event.contact, event.on, "contact_moved", work)


@reacts_to(ContactLeft)
async def release_who_left(event: ContactLeft, work: UnitOfWork) -> None:
    """Planned visits after the contact has left go on without the contact."""
    await _release(event.contact, event.on, "contact_left", work)


@reacts_to(AffiliationCancelled)
async def release_who_does_not_come(event: AffiliationCancelled, work: UnitOfWork) -> None:
    """Visits that were planned where the contact was to work go on without the contact."""
    await _release(event.contact, event.on, "affiliation_cancelled", work)


@reacts_to(AffiliationCorrected)
async def release_who_was_not_there(event: AffiliationCorrected, work: UnitOfWork) -> None:
    """Visits planned for a day on which the contact, as is known now, does not work there go on without the contact."""
    await _release(event.contact, date.min, "affiliation_corrected", work)


@reacts_to(ContactErased)
async def forget_words(event: ContactErased, work: UnitOfWork) -> None:
    """What was written freely about visits to the person goes, with all versions of it; that they took place stays."""
    contact_id = event.contact.contact_id
    met: dict[str, Visit] = {}
    for field in ("contact_ids", "removed_contact_ids", "attendees"):
        met |= {visit.id: visit for visit in await work.find(Visit, {field: contact_id})}
    for visit in met.values():
        await work.forget(visit, WORDS)
        dropped = visit.drop_contacts([contact_id])
        if visit.forget_words() or dropped:
            work.save(visit, *([dropped] if dropped else []), reason="contact_erased")


@reacts_to(AccountCorrected)
async def follow_alignment(event: AccountCorrected, work: UnitOfWork) -> None:
    """Another unit owns the institution: its people see the visits."""
    if "unit_id" in event.changed:
        await _order(event.account.account_id, work)


@reacts_to(AccountRealigned)
async def follow_territories(event: AccountRealigned, work: UnitOfWork) -> None:
    """Other territories cover the institution: their people see the visits."""
    await _order(event.account.account_id, work)


@reacts_to(AccountMerged)
async def follow_merge(event: AccountMerged, work: UnitOfWork) -> None:
    """Visits at what was merged are seen by who sees the survivor."""
    await _order(event.account.account_id, work)


@reacts_to(AccountUnmerged)
async def follow_undone_merge(event: AccountUnmerged, work: UnitOfWork) -> None:
    """Visits at what stands for itself again are seen by who sees it."""
    await _order(event.account.account_id, work)


@reacts_to(EmployeeReassigned)
async def follow_author(event: EmployeeReassigned, work: UnitOfWork) -> None:
    """A representative who changes units takes the unfinished visits along; the credited unit keeps seeing them."""
    unfinished = [state.value for state in VisitState if state not in FINISHED]
    employee = event.employee
    for visit in await work.find(Visit, {"employee_id": employee.employee_id, "state": {"$in": unfinished}}):
        account = await survivor(KnownAccount, visit.account_id, work)
        if visit.stamp(employee.unit_path, account.visible if account else []):
            work.save(visit, reason="author_reassigned")


async def _order(account_id: str, work: UnitOfWork) -> None:
    for identifier in await also_known_as(account_id, work):
        await VISITS.order(identifier, work)


async def _release(state: ContactState, since: date, reason: str, work: UnitOfWork) -> None:
    contact = KnownContact(
        id=state.contact_id,
        employments=[
            Employment(account_id=job.account_id, valid_from=job.valid_from, valid_to=job.valid_to)
            for job in state.affiliations
        ],
    )
    for visit in await _planned_with(contact.id, since, work):
        here = await survivor(KnownAccount, visit.account_id, work)
        if contact.works_at(here.id if here else visit.account_id, visit.planned_on):
            continue
        changed = visit.drop_contacts([contact.id])
        if changed:
            work.save(visit, changed, reason=reason)


async def _planned_with(contact_id: str, since: date, work: UnitOfWork) -> list[Visit]:
    return await work.find(
        Visit,
        {
            "contact_ids": contact_id,
            "state": VisitState.PLANNED.value,
            "planned_on": {"$gte": since.isoformat()},
        },
    )
