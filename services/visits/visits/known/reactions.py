"""Keeping the replicas: each event carries the owner's whole public state, so each is simply put."""

from datetime import date

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountFactsBegan,
    AccountMerged,
    AccountRealigned,
    AccountStageChanged,
    AccountUnmerged,
    AffiliationCancelled,
    AffiliationCorrected,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactErased,
    ContactLeft,
    ContactMerged,
    ContactMoved,
    ContactState,
    ContactUnmerged,
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
)
from contracts.events.promotion import LotCreated, ProductCreated

from visits.known.model import Employment, KnownAccount, KnownContact, KnownEmployee, KnownLot, KnownProduct, Position

AccountEvent = (
    AccountCreated
    | AccountCorrected
    | AccountRealigned
    | AccountStageChanged
    | AccountFactsBegan
    | AccountMerged
    | AccountUnmerged
)


@reacts_to(AccountCreated)
async def meet_account(event: AccountCreated, work: UnitOfWork) -> None:
    """A new institution can be visited."""
    await _keep_account(event, work)


@reacts_to(AccountCorrected)
async def correct_account(event: AccountCorrected, work: UnitOfWork) -> None:
    """Its place or its alignment may be another."""
    await _keep_account(event, work)


@reacts_to(AccountRealigned)
async def follow_territories(event: AccountRealigned, work: UnitOfWork) -> None:
    """Other territories cover it."""
    await _keep_account(event, work)


@reacts_to(AccountStageChanged)
async def follow_stage(event: AccountStageChanged, work: UnitOfWork) -> None:
    """It may have closed, or opened again."""
    await _keep_account(event, work)


@reacts_to(AccountFactsBegan)
async def follow_planned_stage(event: AccountFactsBegan, work: UnitOfWork) -> None:
    """A planned stage has come; a planned closing, too."""
    await _keep_account(event, work)


@reacts_to(AccountMerged)
async def follow_merge(event: AccountMerged, work: UnitOfWork) -> None:
    """It is another one: its id is read as that one's."""
    await _keep_account(event, work)


@reacts_to(AccountUnmerged)
async def follow_undone_merge(event: AccountUnmerged, work: UnitOfWork) -> None:
    """It stands for itself again."""
    await _keep_account(event, work)


@reacts_to(ContactMerged)
async def follow_merged_contact(event: ContactMerged, work: UnitOfWork) -> None:
    """The person is somebody known already."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactUnmerged)
async def follow_parted_contact(event: ContactUnmerged, work: UnitOfWork) -> None:
    """The person is not that one after all."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactCreated)
async def meet_contact(event: ContactCreated, work: UnitOfWork) -> None:
    """A new contact can be met where the person works."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactCorrected)
async def correct_contact(event: ContactCorrected, work: UnitOfWork) -> None:
    """Affiliations may have been corrected."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactMoved)
async def follow_contact(event: ContactMoved, work: UnitOfWork) -> None:
    """From the day of the move the person is met elsewhere."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactAffiliated)
async def follow_further_affiliation(event: ContactAffiliated, work: UnitOfWork) -> None:
    """The person is met at a further institution."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactLeft)
async def follow_end(event: ContactLeft, work: UnitOfWork) -> None:
    """From that day the person is not met there any more."""
    await _keep_contact(event.contact, work)


@reacts_to(AffiliationCorrected)
async def follow_correction(event: AffiliationCorrected, work: UnitOfWork) -> None:
    """The person was there at other times than was believed."""
    await _keep_contact(event.contact, work)


@reacts_to(AffiliationCancelled)
async def follow_cancellation(event: AffiliationCancelled, work: UnitOfWork) -> None:
    """The person stays where it was."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactErased)
async def forget_contact(event: ContactErased, work: UnitOfWork) -> None:
    """From that day nobody meets the person."""
    await _keep_contact(event.contact, work, until=event.on)


@reacts_to(EmployeeHired)
async def meet_employee(event: EmployeeHired, work: UnitOfWork) -> None:
    """A new employee's visits are credited to the unit of the position."""
    await _keep_employee(event.employee, work)


@reacts_to(EmployeeReassigned)
async def follow_employee(event: EmployeeReassigned, work: UnitOfWork) -> None:
    """Later visits are credited to the new unit."""
    await _keep_employee(event.employee, work)


@reacts_to(ProductCreated)
async def meet_product(event: ProductCreated, work: UnitOfWork) -> None:
    """A new product can be spoken about."""
    await work.put(KnownProduct(id=event.product.product_id, sequence=work.cause.sequence or 0))


@reacts_to(LotCreated)
async def meet_lot(event: LotCreated, work: UnitOfWork) -> None:
    """A new lot can be left with contacts."""
    lot = event.lot
    await work.put(KnownLot(id=lot.lot_id, material_id=lot.material_id, sequence=work.cause.sequence or 0))


async def _keep_account(event: AccountEvent, work: UnitOfWork) -> None:
    account = event.account
    await work.put(
        KnownAccount(
            id=account.account_id,
            sequence=work.cause.sequence or 0,
            visible=account.stamps,
            stage=account.stage,
            location=account.location,
            survivor_of=account.survivor_of,
        )
    )


async def _keep_contact(contact: ContactState, work: UnitOfWork, *, until: date | None = None) -> None:
    employments = [
        Employment(account_id=job.account_id, valid_from=job.valid_from, valid_to=_earlier(job.valid_to, until))
        for job in contact.affiliations
        if until is None or job.valid_from < until
    ]
    await work.put(
        KnownContact(
            id=contact.contact_id,
            sequence=work.cause.sequence or 0,
            survivor_of=contact.survivor_of,
            employments=employments,
        )
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    ends = [end for end in (one, other) if end is not None]
    return min(ends) if ends else None


async def _keep_employee(employee: EmployeeState, work: UnitOfWork) -> None:
    known = await work.get_replica(KnownEmployee, employee.employee_id)
    known = known or KnownEmployee(id=employee.employee_id, positions=[])
    known.assign(
        Position(
            unit_id=employee.unit_id,
            unit_path=employee.unit_path,
            valid_from=employee.valid_from,
            valid_to=employee.valid_to,
        ),
        told_on=work.today,
    )
    known.sequence = work.cause.sequence or 0
    await work.put(known)
