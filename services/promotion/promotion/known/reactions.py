"""Keep the replicas in step with the customer service."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountFactsBegan,
    AccountMerged,
    AccountRealigned,
    AccountStageChanged,
    AccountState,
    AccountUnmerged,
    AffiliationCancelled,
    AffiliationCorrected,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactMerged,
    ContactMoved,
    ContactState,
    ContactUnmerged,
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
    UnitCreated,
    UnitMoved,
    UnitPathChanged,
    UnitRenamed,
    UnitState,
)

from promotion.known.model import KnownAccount, KnownContact, KnownEmployee, KnownUnit


@reacts_to(UnitCreated)
async def know_unit(event: UnitCreated, work: UnitOfWork) -> None:
    """Remember the unit."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitRenamed)
async def know_renamed_unit(event: UnitRenamed, work: UnitOfWork) -> None:
    """Remember the unit's new name."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitMoved)
async def know_moved_unit(event: UnitMoved, work: UnitOfWork) -> None:
    """Remember where the unit stands now."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitPathChanged)
async def know_unit_path(event: UnitPathChanged, work: UnitOfWork) -> None:
    """Remember where the unit stands since one above it has moved."""
    await _keep_unit(event.unit, work)


@reacts_to(EmployeeHired)
async def know_hired(event: EmployeeHired, work: UnitOfWork) -> None:
    """Remember the position."""
    await _keep_employee(event.employee, work)


@reacts_to(EmployeeReassigned)
async def know_reassigned(event: EmployeeReassigned, work: UnitOfWork) -> None:
    """Remember the new position."""
    await _keep_employee(event.employee, work)


@reacts_to(AccountCreated)
async def know_account(event: AccountCreated, work: UnitOfWork) -> None:
    """Remember the institution."""
    await _keep_account(event.account, work)


@reacts_to(AccountCorrected)
async def know_corrected_account(event: AccountCorrected, work: UnitOfWork) -> None:
    """Remember the institution as it is now."""
    await _keep_account(event.account, work)


@reacts_to(AccountRealigned)
async def know_realigned_account(event: AccountRealigned, work: UnitOfWork) -> None:
    """Remember the territories that cover the institution."""
    await _keep_account(event.account, work)


@reacts_to(AccountStageChanged)
async def know_account_stage(event: AccountStageChanged, work: UnitOfWork) -> None:
    """Remember the institution's stage."""
    await _keep_account(event.account, work)


@reacts_to(AccountFactsBegan)
async def know_planned_stage(event: AccountFactsBegan, work: UnitOfWork) -> None:
    """Remember the stage that was planned and has come."""
    await _keep_account(event.account, work)


@reacts_to(AccountMerged)
async def know_merged_account(event: AccountMerged, work: UnitOfWork) -> None:
    """Remember into which institution it was merged."""
    await _keep_account(event.account, work)


@reacts_to(AccountUnmerged)
async def know_parted_account(event: AccountUnmerged, work: UnitOfWork) -> None:
    """Remember that it stands for itself again."""
    await _keep_account(event.account, work)


@reacts_to(ContactMerged)
async def know_merged_contact(event: ContactMerged, work: UnitOfWork) -> None:
    """Remember into whom the contact was merged."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactUnmerged)
async def know_parted_contact(event: ContactUnmerged, work: UnitOfWork) -> None:
    """Remember that the contact is somebody else again."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactCreated)
async def know_contact(event: ContactCreated, work: UnitOfWork) -> None:
    """Remember the contact."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactCorrected)
async def know_corrected_contact(event: ContactCorrected, work: UnitOfWork) -> None:
    """Remember the contact as it is now."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactMoved)
async def know_moved_contact(event: ContactMoved, work: UnitOfWork) -> None:
    """Remember where the contact works now."""
    await _keep_contact(event.contact, work)


@reacts_to(ContactAffiliated)
async def know_affiliated_contact(event: ContactAffiliated, work: UnitOfWork) -> None:
    """Remember the further institution."""
    await _keep_contact(event.contact, work)


@reacts_to(AffiliationCorrected)
async def know_corrected_affiliation(event: AffiliationCorrected, work: UnitOfWork) -> None:
    """Remember where the contact works, as is known now."""
    await _keep_contact(event.contact, work)


@reacts_to(AffiliationCancelled)
async def know_cancelled_affiliation(event: AffiliationCancelled, work: UnitOfWork) -> None:
    """Forget the institution that the contact was to work at."""
    await _keep_contact(event.contact, work)


async def _keep_unit(unit: UnitState, work: UnitOfWork) -> None:
    await work.put(
        KnownUnit(
            id=unit.unit_id,
            sequence=work.cause.sequence or 0,
            name=unit.name,
            kind=unit.kind,
            parent_id=unit.parent_id,
            path=unit.path,
        )
    )


async def _keep_employee(employee: EmployeeState, work: UnitOfWork) -> None:
    await work.put(
        KnownEmployee(
            id=employee.employee_id,
            sequence=work.cause.sequence or 0,
            username=employee.username,
            roles=employee.roles,
            unit_id=employee.unit_id,
            unit_path=employee.unit_path,
            valid_to=employee.valid_to,
        )
    )


async def _keep_account(account: AccountState, work: UnitOfWork) -> None:
    await work.put(
        KnownAccount(
            id=account.account_id,
            sequence=work.cause.sequence or 0,
            visible=account.stamps,
            name=account.name,
            kind=account.kind,
            stage=account.stage,
            unit_id=account.unit_id,
            unit_path=account.unit_path,
            survivor_of=account.survivor_of,
        )
    )


async def _keep_contact(contact: ContactState, work: UnitOfWork) -> None:
    await work.put(
        KnownContact(
            id=contact.contact_id,
            sequence=work.cause.sequence or 0,
            account_ids=sorted({affiliation.account_id for affiliation in contact.affiliations}),
            survivor_of=contact.survivor_of,
        )
    )
