"""The replicas follow the customer service."""

from datetime import date
from typing import Any

from chassis.journal import Cause
from chassis.reactions import reactions_in
from contracts.events import Event
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountMerged,
    AccountStageChanged,
    AccountState,
    AccountUnmerged,
    AffiliationState,
    ContactCreated,
    ContactMoved,
    ContactState,
    EmployeeHired,
    EmployeeReassigned,
    UnitCreated,
)
from contracts.values import AccountKind, Grade, Stage
from promotion.known import reactions
from promotion.known.model import KnownAccount, KnownContact, KnownEmployee, KnownUnit

from tests.promotion.samples import NORTH_TERRITORY, NOW, SOUTH, Company, a_unit, an_employee


async def hear(company: Company, *events: Event) -> None:
    """The events, one after the other, as records of sequence 1, 2, …"""
    for sequence, event in enumerate(events, start=1):

        async def react(_: None, work: Any, event: Event = event, sequence: int = sequence) -> None:
            work.cause = Cause(command=event.TYPE, sequence=sequence)
            for handle in reactions_in([reactions])[event.TYPE]:
                await handle(event, work)

        await company.run(react, None)


def an_account(**changed: Any) -> AccountState:
    fields = {
        "account_id": "acc_1",
        "name": "First Hospital",
        "kind": AccountKind.HOSPITAL,
        "grade": Grade.G3A,
        "unit_id": "unt_t1",
        "unit_path": NORTH_TERRITORY,
        "stage": Stage.ACTIVE,
    }
    return AccountState.model_validate(fields | changed)


def a_contact(*account_ids: str) -> ContactState:
    affiliations = [
        AffiliationState(affiliation_id=f"aff_{n}", account_id=account_id, valid_from=date(2024, 1, 1 + n))
        for n, account_id in enumerate(account_ids)
    ]
    return ContactState(contact_id="con_1", affiliations=affiliations)


async def test_a_unit_is_known_with_its_place_in_the_tree():
    company = Company()
    await hear(company, UnitCreated(unit=a_unit()))
    [row] = company.store.rows(KnownUnit.COLLECTION).values()
    known = KnownUnit.load(row)
    assert (known.id, known.path, known.sequence) == ("unt_hq", "/unt_hq/", 1)


async def test_an_employee_s_latest_position_is_known():
    company = Company()
    hired = EmployeeHired(employee=an_employee(), invitation_sha256="0" * 64, invitation_expires_at=NOW)
    await hear(company, hired, EmployeeReassigned(employee=an_employee(path=SOUTH)))
    [row] = company.store.rows(KnownEmployee.COLLECTION).values()
    known = KnownEmployee.load(row)
    assert (known.unit_path, known.unit_id, known.sequence) == (SOUTH, "unt_south", 2)


async def test_an_institution_is_known_as_it_was_last_told():
    company = Company()
    await hear(
        company,
        AccountCreated(account=an_account()),
        AccountCorrected(account=an_account(name="Second Hospital"), changed=["name"]),
        AccountStageChanged(
            account=an_account(name="Second Hospital", stage=Stage.DORMANT),
            from_stage=Stage.ACTIVE,
            to_stage=Stage.DORMANT,
            on=date(2026, 3, 1),
        ),
    )
    [row] = company.store.rows(KnownAccount.COLLECTION).values()
    known = KnownAccount.load(row)
    assert (known.name, known.stage, known.sequence) == ("Second Hospital", Stage.DORMANT, 3)


async def test_a_contact_is_known_with_all_institutions():
    company = Company()
    moved = ContactMoved(
        contact=a_contact("acc_2", "acc_1"), from_account_id="acc_2", to_account_id="acc_1", on=date(2026, 3, 1)
    )
    await hear(company, ContactCreated(contact=a_contact("acc_2")), moved)
    [row] = company.store.rows(KnownContact.COLLECTION).values()
    assert KnownContact.load(row).account_ids == ["acc_1", "acc_2"]


async def test_a_merged_institution_points_to_its_survivor_until_it_stands_for_itself_again():
    company = Company()
    gone = an_account(stage=Stage.MERGED, survivor_of="acc_2")
    merged = AccountMerged(account=gone, merge_id="mrg_1", on=date(2026, 3, 1))
    parted = AccountUnmerged(account=an_account(), merge_id="mrg_1", was_survivor_id="acc_2")
    await hear(company, AccountCreated(account=an_account()), merged)
    [row] = company.store.rows(KnownAccount.COLLECTION).values()
    assert KnownAccount.load(row).survivor_of == "acc_2"
    await hear(company, parted)
    [row] = company.store.rows(KnownAccount.COLLECTION).values()
    assert KnownAccount.load(row).survivor_of is None
