"""What other services' events do to visits."""

from datetime import date, timedelta

import pytest
from chassis.journal import restore
from chassis.principal import SystemPrincipal
from chassis.refusals import NotFound
from chassis.restamping import restamp_batch
from chassis.testing import FakeUnitOfWork
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import (
    AccountCorrected,
    AccountRealigned,
    AffiliationCancelled,
    AffiliationCorrected,
    AffiliationState,
    ContactErased,
    ContactLeft,
    ContactMoved,
    ContactState,
    EmployeeReassigned,
)
from contracts.events.promotion import (
    DisbursementBooked,
    DisbursementRefused,
    DisbursementState,
    RefusalReason,
)
from contracts.events.visits import VisitConfirmed, VisitContactsChanged, VisitReturned
from contracts.values import Stamp, VisitState
from visits.known import reactions as known
from visits.visits import reactions
from visits.visits.entities import Detail
from visits.visits.model import Visit
from visits.visits.restamp_visits import VISITS

from tests.visits.builders import NOW, TERRITORY, TODAY, a_visit, account_state, employee_state, reported, submitted


@pytest.fixture
def system(work: FakeUnitOfWork) -> FakeUnitOfWork:
    return work.next(principal=SystemPrincipal("visits.reactions"))


def answered(attempt: int, visit_id: str = "vis_1") -> DisbursementState:
    return DisbursementState(disbursement_id="dsb_1", visit_id=visit_id, attempt=attempt, state="any")


def moved(on: date, *, also_at: str | None = None) -> ContactMoved:
    jobs = [("acc_A", date(2024, 1, 1), on), ("acc_B", on, None)]
    jobs += [(also_at, date(2024, 1, 1), None)] if also_at else []
    affiliations = [
        AffiliationState(affiliation_id=f"aff_{n}", account_id=account, valid_from=since, valid_to=until)
        for n, (account, since, until) in enumerate(jobs)
    ]
    contact = ContactState(contact_id="con_1", affiliations=affiliations)
    return ContactMoved(contact=contact, from_account_id="acc_A", to_account_id="acc_B", on=on)


async def stored(work: FakeUnitOfWork, visit_id: str = "vis_1") -> Visit:
    await work.commit()
    return await work.next().get(Visit, visit_id)


async def test_booked_materials_confirm_the_visit(system: FakeUnitOfWork):
    await system.given(submitted())
    await reactions.confirm_visit(DisbursementBooked(disbursement=answered(1), lines=[]), system)
    visit = await stored(system)
    assert (visit.state, visit.confirmed_at) == (VisitState.CONFIRMED, NOW)
    assert [type(event) for event in system.emitted] == [VisitConfirmed]


async def test_refused_materials_return_the_visit_with_the_reasons(system: FakeUnitOfWork):
    await system.given(submitted())
    reasons = [RefusalReason(line=0, code="insufficient_stock", detail="1 left")]
    await reactions.return_visit(DisbursementRefused(disbursement=answered(1), reasons=reasons), system)
    visit = await stored(system)
    assert (visit.state, [(r.line, r.code) for r in visit.return_reasons]) == (
        VisitState.RETURNED,
        [(0, "insufficient_stock")],
    )
    assert [type(event) for event in system.emitted] == [VisitReturned]


@pytest.mark.parametrize("attempt", [0, 2])
async def test_answers_to_other_attempts_write_nothing(system: FakeUnitOfWork, attempt: int):
    await system.given(submitted())
    await reactions.confirm_visit(DisbursementBooked(disbursement=answered(attempt), lines=[]), system)
    await reactions.return_visit(DisbursementRefused(disbursement=answered(attempt), reasons=[]), system)
    visit = await stored(system)
    assert (visit.state, visit.version, system.emitted) == (VisitState.SUBMITTED, 1, [])


async def test_an_answer_for_a_visit_that_never_was_is_an_error(system: FakeUnitOfWork):
    with pytest.raises(NotFound):
        await reactions.confirm_visit(DisbursementBooked(disbursement=answered(1, "vis_no"), lines=[]), system)


async def test_a_contact_who_moves_leaves_the_visits_planned_from_that_day_on(system: FakeUnitOfWork):
    for number, day in enumerate((-1, 0, 5)):
        on = TODAY + timedelta(days=day)
        await system.given(a_visit(f"vis_{number}", planned_on=on, planned_at=NOW + timedelta(days=day)))
    await system.given(submitted(a_visit("vis_done")))
    await reactions.release_contact(moved(TODAY), system)
    await system.commit()
    kept = {row["_id"]: row["contact_ids"] for row in system.fake.rows("visits").values()}
    assert kept == {
        "vis_0": ["con_1", "con_2"],
        "vis_1": ["con_2"],
        "vis_2": ["con_2"],
        "vis_done": ["con_1", "con_2"],
    }
    assert [type(event) for event in system.emitted] == [VisitContactsChanged] * 2


async def test_a_contact_who_still_works_there_besides_stays_on_the_visit(system: FakeUnitOfWork):
    await system.given(a_visit())
    await reactions.release_contact(moved(TODAY, also_at="acc_A"), system)
    assert (await stored(system)).contact_ids == ["con_1", "con_2"]


async def test_visits_at_the_new_institution_keep_the_contact(system: FakeUnitOfWork):
    await system.given(a_visit(account_id="acc_B"))
    await reactions.release_contact(moved(TODAY), system)
    assert (await stored(system)).contact_ids == ["con_1", "con_2"]


async def test_a_realigned_institution_shows_its_visits_to_the_new_territory(system: FakeUnitOfWork):
    await system.given(a_visit())
    event = AccountCorrected(account=account_state(account_id="acc_A", unit_path=SOUTH), changed=["unit_id"])
    await known.correct_account(event, system)
    await reactions.follow_alignment(event, system)
    await restamp_batch([VISITS], system)
    visit = await stored(system)
    assert [stamp.path for stamp in visit.visible] == [TERRITORY, SOUTH]
    again = system.next()
    await reactions.follow_alignment(event, again)
    await restamp_batch([VISITS], again)
    assert (await stored(again)).version == visit.version, "nothing is written twice"


async def test_the_territories_of_today_see_the_visits_and_the_credited_unit_goes_on_seeing_them(
    system: FakeUnitOfWork,
):
    await system.given(a_visit())
    stamps = [Stamp(path=NORTH), Stamp(line="lin_1", path=SOUTH)]
    event = AccountRealigned(account=account_state(account_id="acc_A", visible=stamps))
    await known.follow_territories(event, system)
    await reactions.follow_territories(event, system)
    await restamp_batch([VISITS], system)
    visit = await stored(system)
    assert visit.visible == [Stamp(path=TERRITORY), *stamps]
    assert visit.credited_path == TERRITORY


async def test_a_correction_of_something_else_leaves_the_visits_alone(system: FakeUnitOfWork):
    await system.given(a_visit())
    event = AccountCorrected(account=account_state(account_id="acc_A"), changed=["beds"])
    await reactions.follow_alignment(event, system)
    assert await restamp_batch([VISITS], system) == 0


async def test_a_reassigned_author_keeps_seeing_what_is_unfinished(system: FakeUnitOfWork):
    done = submitted(a_visit("vis_done"))
    done.confirm(1, NOW)
    for visit in (a_visit("vis_1"), done):
        await system.given(visit)
    employee = employee_state(SOUTH, TODAY).model_copy(update={"employee_id": "emp_rep"})
    await reactions.follow_author(EmployeeReassigned(employee=employee), system)
    assert [stamp.path for stamp in (await stored(system)).visible] == [TERRITORY, SOUTH]
    assert [stamp.path for stamp in (await stored(system, "vis_done")).visible] == [TERRITORY]


def works_elsewhere(on: date) -> list[tuple[object, object]]:
    """Every event after which the contact is not at the institution from `on`, with the reaction to it."""
    contact = moved(on).contact
    same = {"contact": contact, "affiliation_id": "aff_0", "account_id": "acc_A"}
    return [
        (reactions.release_who_left, ContactLeft(**same, on=on)),
        (reactions.release_who_does_not_come, AffiliationCancelled(**same, on=on)),
        (reactions.release_who_was_not_there, AffiliationCorrected(**same, changed=["valid_to"])),
    ]


@pytest.mark.parametrize("number", range(3))
async def test_who_is_not_there_on_the_planned_day_is_taken_off_the_visit(system: FakeUnitOfWork, number: int):
    await system.given(a_visit(account_id="acc_A", contact_ids=["con_1", "con_2"]))
    await system.given(a_visit("vis_2", account_id="acc_B", contact_ids=["con_1"]))
    react, event = works_elsewhere(TODAY)[number]
    await react(event, system)
    visit = await stored(system)
    assert (visit.contact_ids, visit.removed_contact_ids) == (["con_2"], ["con_1"])
    assert [type(event) for event in system.emitted] == [VisitContactsChanged]
    assert (await system.next().get(Visit, "vis_2")).contact_ids == ["con_1"]


def erased(contact_id: str = "con_1", on: date = TODAY) -> ContactErased:
    job = AffiliationState(affiliation_id="aff_1", account_id="acc_A", valid_from=date(2024, 1, 1))
    return ContactErased(contact=ContactState(contact_id=contact_id, affiliations=[job], erased=True), on=on)


async def test_the_words_about_an_erased_contact_go_with_all_their_versions_and_the_visit_stays(system: FakeUnitOfWork):
    visit = reported()
    (attendee, *_) = visit.attendees
    await system.given(visit)
    step = system.next()
    written = await step.get(Visit, visit.id)
    written.feedback, written.next_step = "Dr Secret was ill", "call Secret"
    written.products = [Detail(product_id="prd_1", message="Secret takes it herself")]
    step.save(written)
    await step.commit()
    fix = step.fake.rows("identities")[f"{visit.id}:0000000002"]["fields"]["check_in_fix"]
    assert fix is not None
    reaction = step.next()
    await reactions.forget_words(erased(attendee), reaction)
    after = await stored(reaction, visit.id)
    assert (after.feedback, after.next_step, {one.message for one in after.products}) == (None, None, {None})
    assert (after.attendees, [one.product_id for one in after.products], after.check_in_fix) == (
        visit.attendees,
        ["prd_1"],
        visit.check_in_fix,
    )
    assert "Secret" not in str(reaction.fake.collections)
    assert reaction.fake.rows("identities")[f"{visit.id}:0000000002"]["fields"]["check_in_fix"] == fix
    then = await restore(reaction.fake, Visit, reaction.fake.rows("journal")[f"{visit.id}:0000000002"])
    assert (then.feedback, then.reported, len(then.products)) == (None, True, 1)


async def test_an_erased_contact_is_taken_off_planned_visits(system: FakeUnitOfWork):
    await system.given(a_visit(contact_ids=["con_1", "con_2"]))
    await reactions.forget_words(erased(), system)
    visit = await stored(system)
    assert (visit.contact_ids, [type(event) for event in system.emitted]) == (["con_2"], [VisitContactsChanged])


async def test_visits_to_others_keep_their_words(system: FakeUnitOfWork):
    await system.given(reported())
    await reactions.forget_words(erased("con_9"), system)
    assert (await stored(system)).version == 1
