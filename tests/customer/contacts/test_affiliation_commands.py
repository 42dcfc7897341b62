"""Further affiliations, their ends, roles, corrections and cancelled plans, as commands."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.journal import version_at
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.work import IfMatch
from contracts.events.customer import (
    AffiliationCancelled,
    AffiliationCorrected,
    ContactAffiliated,
    ContactLeft,
    ContactRoleChanged,
)
from customer.contacts import timeline
from customer.contacts.affiliations import SharesExceedWhole, TwoPrimaries
from customer.contacts.cancel_affiliation import CancelAffiliation, cancel_affiliation
from customer.contacts.change_role import ChangeRole, change_role
from customer.contacts.correct_affiliation import CorrectAffiliation, correct_affiliation
from customer.contacts.end_affiliation import EndAffiliation, end_affiliation
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.take_up_affiliation import TakeUpAffiliation, take_up_affiliation

from tests.customer.builders import TODAY, a_contact, day


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit with one doctor who works four days a week at hospital A, in the north."""
    contact = a_contact(department="dep_A1")
    contact.affiliations[0].share = 80
    await work.given(contact)
    return work.next()


def a_second_job(**more: Any) -> TakeUpAffiliation:
    return TakeUpAffiliation(**({"contact_id": "con_1", "account_id": "acc_B", "share": 20} | more))


async def paths(work: FakeUnitOfWork) -> list[str]:
    return [stamp.path for stamp in (await work.next().get(Contact, "con_1")).visible]


async def test_a_second_employment_stands_beside_the_first_and_both_regions_see_the_contact(placed: FakeUnitOfWork):
    contact = await run_in(placed, take_up_affiliation, a_second_job(department_id="dep_B1", role="consultant"))
    assert [(one.account_id, one.primary, one.share) for one in contact.affiliations_on(TODAY)] == [
        ("acc_A", True, 80),
        ("acc_B", False, 20),
    ]
    (event,) = placed.emitted
    assert isinstance(event, ContactAffiliated)
    assert (event.account_id, event.on, event.contact.affiliations[1].share) == ("acc_B", TODAY, 20)
    assert await paths(placed) == [NORTH, SOUTH]
    assert placed.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH]


@pytest.mark.parametrize(
    ("more", "refusal", "status", "field"),
    [
        ({"primary": True, "share": 10}, TwoPrimaries, 409, None),
        ({"share": 21}, SharesExceedWhole, 422, None),
        ({"valid_from": "2023-12-31"}, timeline.BeforeFirstAffiliation, 422, "valid_from"),
        ({"valid_from": "2026-01-02", "valid_to": "2026-01-02"}, timeline.EndsBeforeItStarts, 422, "valid_to"),
        ({"account_id": "acc_A", "department_id": "dep_A1"}, timeline.AlreadyAffiliated, 409, None),
    ],
)
async def test_what_cannot_be_taken_up(
    placed: FakeUnitOfWork, more: dict[str, Any], refusal: type[Exception], status: int, field: str | None
):
    with pytest.raises(refusal) as refused:
        await run_in(placed, take_up_affiliation, a_second_job(**more))
    assert refused.value.status == status
    assert [one.field for one in refused.value.violations] == ([field] if field else [])
    assert placed.journal() == []


async def test_a_closed_institution_takes_nobody_and_all_is_told_at_once(placed: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(
            placed,
            take_up_affiliation,
            a_second_job(account_id="acc_C", department_id="dep_A1", valid_from="2126-01-01"),
        )
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("department_id", "unknown_reference"),
        ("account_id", "institution_closed"),
        ("valid_from", "too_far_ahead"),
    ]


async def test_an_affiliation_ends_and_on_that_day_the_region_loses_sight(placed: FakeUnitOfWork):
    await run_in(placed, take_up_affiliation, a_second_job(affiliation_id="aff_2"))
    step = placed.next()
    when = TODAY + timedelta(days=1)
    contact = await run_in(
        step, end_affiliation, EndAffiliation(contact_id="con_1", affiliation_id="aff_2", on=when, reason="retired")
    )
    (event,) = step.emitted
    assert isinstance(event, ContactLeft)
    assert (event.account_id, event.on, contact.restamp_on) == ("acc_B", when, when)
    again = step.next()
    same = EndAffiliation(contact_id="con_1", affiliation_id="aff_2", on=when, reason="retired")
    assert (await run_in(again, end_affiliation, same)).version == contact.version
    with pytest.raises(timeline.AffiliationEnded):
        await run_in(step.next(), end_affiliation, same.model_copy(update={"on": when + timedelta(days=1)}))


async def test_another_role_is_told_and_recorded_from_its_day(placed: FakeUnitOfWork):
    command = ChangeRole(contact_id="con_1", affiliation_id="aff_1", role="head", on=TODAY)
    contact = await run_in(placed, change_role, command)
    assert contact.primary_on(TODAY).role == "head"
    assert contact.primary_on(TODAY - timedelta(days=1)).role == "physician"
    (event,) = placed.emitted
    assert isinstance(event, ContactRoleChanged)
    assert (event.affiliation_id, event.role, event.on) == (contact.affiliations[1].id, "head", TODAY)
    unchanged = placed.next()
    same = command.model_copy(update={"affiliation_id": event.affiliation_id})
    await run_in(unchanged, change_role, same)
    assert unchanged.emitted == []
    with pytest.raises(timeline.OutsideAffiliation):
        await run_in(placed.next(), change_role, command)


async def test_a_correction_keeps_what_was_believed_before(placed: FakeUnitOfWork):
    believed = (await placed.get(Contact, "con_1")).recorded_us
    first = await run_in(placed, correct_affiliation, a_correction(share=60))
    contact = await run_in(placed.next(), correct_affiliation, a_correction(valid_from="2022-05-01"))
    assert [(one.share, one.valid_from) for one in contact.affiliations] == [(60, day("2022-05-01"))]
    then = await version_at(placed.fake, Contact, "con_1", first.recorded_us)
    assert then is not None
    assert [(one.share, one.valid_from) for one in then.affiliations] == [(60, day("2024-01-01"))]
    assert believed < first.recorded_us < contact.recorded_us
    assert [type(event) for event in placed.emitted] == [AffiliationCorrected]
    assert placed.emitted[0].changed == ["share"]


def a_correction(**facts: Any) -> CorrectAffiliation:
    return CorrectAffiliation(**({"contact_id": "con_1", "affiliation_id": "aff_1"} | facts))


async def test_corrections_obey_the_rules_of_the_timeline(placed: FakeUnitOfWork):
    await run_in(placed, take_up_affiliation, a_second_job(affiliation_id="aff_2"))
    with pytest.raises(SharesExceedWhole):
        await run_in(placed.next(), correct_affiliation, a_correction(share=81))
    with pytest.raises(timeline.EndsBeforeItStarts):
        await run_in(placed.next(), correct_affiliation, a_correction(valid_to="2024-01-01"))
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed.next(), correct_affiliation, a_correction(valid_from="2126-01-01"))
    assert refused.value.code == "too_far_ahead"
    with pytest.raises(Stale):
        await run_in(placed.next(if_match=IfMatch("con_1", 1)), correct_affiliation, a_correction(share=10))
    unchanged = placed.next()
    await run_in(unchanged, correct_affiliation, a_correction(share=80))
    assert unchanged.emitted == []


async def test_a_stay_at_an_institution_that_has_closed_cannot_be_made_longer(placed: FakeUnitOfWork):
    command = a_second_job(affiliation_id="aff_2", account_id="acc_C", valid_from="2025-01-01", valid_to="2025-02-01")
    await run_in(placed, take_up_affiliation, command)
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed.next(), correct_affiliation, a_correction(affiliation_id="aff_2", valid_to=None))
    assert [(one.field, one.code) for one in refused.value.violations] == [("valid_to", "institution_closed")]


async def test_a_planned_move_is_cancelled_and_only_the_old_region_sees_the_contact(placed: FakeUnitOfWork):
    moved = await run_in(
        placed, move_contact, MoveContact(contact_id="con_1", to_account_id="acc_B", on=TODAY + timedelta(days=9))
    )
    assert await paths(placed) == [NORTH, SOUTH]
    step = placed.next()
    command = CancelAffiliation(contact_id="con_1", affiliation_id=moved.affiliations[1].id, reason="he stays")
    contact = await run_in(step, cancel_affiliation, command)
    assert [(one.id, one.valid_to) for one in contact.affiliations] == [("aff_1", None)]
    assert await paths(placed) == [NORTH]
    (event,) = step.emitted
    assert isinstance(event, AffiliationCancelled)
    assert (event.account_id, event.on) == ("acc_B", TODAY + timedelta(days=9))
    assert step.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH]


async def test_affiliations_of_a_contact_of_another_region_are_absent(placed: FakeUnitOfWork):
    south = placed.next(principal=a_manager(path=SOUTH))
    for use_case, command in (
        (take_up_affiliation, a_second_job()),
        (correct_affiliation, a_correction(share=10)),
        (change_role, ChangeRole(contact_id="con_1", affiliation_id="aff_1", role="x", on=TODAY)),
        (end_affiliation, EndAffiliation(contact_id="con_1", affiliation_id="aff_1", on=TODAY, reason="x")),
        (cancel_affiliation, CancelAffiliation(contact_id="con_1", affiliation_id="aff_1", reason="x")),
    ):
        with pytest.raises(NotFound):
            await run_in(south.next(), use_case, command)
