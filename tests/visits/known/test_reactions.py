"""Replicas follow the events of their owners."""

from datetime import date, timedelta

import pytest
from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.testing import FakeUnitOfWork
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountStageChanged,
    AffiliationCancelled,
    AffiliationCorrected,
    AffiliationState,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactErased,
    ContactLeft,
    ContactMoved,
    ContactState,
    EmployeeHired,
    EmployeeReassigned,
)
from contracts.events.promotion import LotCreated, LotState, ProductCreated, ProductState
from contracts.values import GeoPoint, Stage, Stamp
from visits.known import reactions
from visits.known.model import KnownAccount, KnownContact, KnownEmployee, KnownLot, KnownProduct

from tests.visits.builders import NOW, TODAY, account_state, employee_state

NORTH, SOUTH = "/unt_hq/unt_north/", "/unt_hq/unt_south/"


@pytest.fixture
def system() -> FakeUnitOfWork:
    unit = FakeUnitOfWork(principal=SystemPrincipal("visits.reactions"), now=NOW)
    unit.cause = Cause(command="test", sequence=7)
    return unit


def contact_state(*jobs: tuple[str, date, date | None]) -> ContactState:
    affiliations = [
        AffiliationState(affiliation_id=f"aff_{n}", account_id=account, valid_from=since, valid_to=until)
        for n, (account, since, until) in enumerate(jobs)
    ]
    return ContactState(contact_id="con_1", affiliations=affiliations)


async def test_an_institution_is_kept_with_place_alignment_and_stage(system: FakeUnitOfWork):
    await reactions.meet_account(AccountCreated(account=account_state()), system)
    known = await system.get_replica(KnownAccount, "acc_1")
    assert known is not None
    assert (known.sequence, known.visible, known.location, known.closed) == (
        7,
        [Stamp(path=NORTH)],
        GeoPoint(lat=1, lon=2),
        False,
    )


async def test_corrections_and_stages_replace_what_was_known(system: FakeUnitOfWork):
    await reactions.meet_account(AccountCreated(account=account_state()), system)
    corrected = AccountCorrected(account=account_state(unit_path=SOUTH, location=None), changed=["unit_id"])
    await reactions.correct_account(corrected, system)
    known = await system.get_replica(KnownAccount, "acc_1")
    assert known is not None
    assert (known.visible, known.location) == ([Stamp(path=SOUTH)], None)
    closed = AccountStageChanged(
        account=account_state(stage=Stage.CLOSED), from_stage=Stage.ACTIVE, to_stage=Stage.CLOSED, on=TODAY
    )
    await reactions.follow_stage(closed, system)
    known = await system.get_replica(KnownAccount, "acc_1")
    assert known is not None
    assert known.closed


async def test_a_contact_is_kept_as_employments_only(system: FakeUnitOfWork):
    await reactions.meet_contact(ContactCreated(contact=contact_state(("acc_1", date(2024, 1, 1), None))), system)
    moved = ContactMoved(
        contact=contact_state(("acc_1", date(2024, 1, 1), TODAY), ("acc_2", TODAY, None)),
        from_account_id="acc_1",
        to_account_id="acc_2",
        on=TODAY,
    )
    await reactions.follow_contact(moved, system)
    known = await system.get_replica(KnownContact, "con_1")
    assert known is not None
    assert [known.works_at(account, TODAY) for account in ("acc_1", "acc_2")] == [False, True]
    assert known.works_at("acc_1", TODAY - timedelta(days=1))
    corrected = ContactCorrected(contact=contact_state(("acc_3", date(2020, 1, 1), None)), changed=["affiliations"])
    await reactions.correct_contact(corrected, system)
    known = await system.get_replica(KnownContact, "con_1")
    assert known is not None
    assert known.works_at("acc_3", TODAY)
    assert not known.works_at("acc_2", TODAY)


async def test_an_employees_positions_accumulate(system: FakeUnitOfWork):
    hired = EmployeeHired(
        employee=employee_state(NORTH, date(2024, 1, 1)), invitation_sha256="0" * 64, invitation_expires_at=NOW
    )
    await reactions.meet_employee(hired, system)
    await reactions.follow_employee(EmployeeReassigned(employee=employee_state(SOUTH, TODAY)), system)
    known = await system.get_replica(KnownEmployee, "emp_1")
    assert known is not None
    before, after = known.position_on(TODAY - timedelta(days=1)), known.position_on(TODAY)
    assert before is not None
    assert after is not None
    assert (before.unit_path, after.unit_path) == (NORTH, SOUTH)


async def test_products_and_lots_are_known_by_id(system: FakeUnitOfWork):
    product = ProductState(product_id="prd_9", name="P", line="L", manufacturer="M", own=False)
    await reactions.meet_product(ProductCreated(product=product), system)
    await reactions.meet_lot(LotCreated(lot=LotState(lot_id="lot_9", material_id="itm_9", number="A1")), system)
    lot = await system.get_replica(KnownLot, "lot_9")
    assert await system.get_replica(KnownProduct, "prd_9") is not None
    assert lot is not None
    assert lot.material_id == "itm_9"


async def test_an_erased_contact_is_met_no_more_and_was_met_before(system: FakeUnitOfWork):
    state = contact_state(("acc_A", date(2024, 1, 1), None), ("acc_B", TODAY, None))
    await reactions.forget_contact(ContactErased(contact=state, on=TODAY), system)
    known = await system.get_replica(KnownContact, "con_1")
    assert known is not None
    assert not known.works_at("acc_A", TODAY)
    assert not known.works_at("acc_B", TODAY)
    assert known.works_at("acc_A", TODAY - timedelta(days=1))


async def test_every_event_that_changes_affiliations_is_kept(system: FakeUnitOfWork):
    state = contact_state(("acc_A", date(2024, 1, 1), TODAY), ("acc_B", TODAY, None))
    same = {"contact": state, "affiliation_id": "aff_1", "account_id": "acc_B"}
    for react, event in (
        (reactions.follow_further_affiliation, ContactAffiliated(**same, on=TODAY)),
        (reactions.follow_end, ContactLeft(**same, on=TODAY)),
        (reactions.follow_correction, AffiliationCorrected(**same, changed=["valid_to"])),
        (reactions.follow_cancellation, AffiliationCancelled(**same, on=TODAY)),
    ):
        await system.drop(KnownContact, "con_1")
        await react(event, system)
        known = await system.get_replica(KnownContact, "con_1")
        assert known is not None
        assert [job.account_id for job in known.employments] == ["acc_A", "acc_B"]
