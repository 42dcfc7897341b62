"""Moving a contact from one institution to another."""

from datetime import date, timedelta

import pytest
from chassis.journal import version_at
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, a_steward, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.work import IfMatch
from contracts.events.customer import ContactMoved
from customer.contacts.affiliations import MoveBeforeStart
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.customer.builders import NOW, TODAY, a_contact, an_account, day, the_units, timeline
from tests.customer.contacts.test_affiliations import DAYS, START, Calendar, on


def a_move(to: str = "acc_B", when: str = "2026-02-01", **more: object) -> MoveContact:
    return MoveContact(**({"contact_id": "con_1", "to_account_id": to, "on": when} | more))


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit with one doctor at hospital A, first department."""
    await work.given(a_contact(department="dep_A1"))
    return work.next()


async def test_the_old_affiliation_ends_the_day_the_new_one_starts(placed: FakeUnitOfWork):
    contact = await run_in(placed, move_contact, a_move(to_department_id="dep_B1", role="head", evidence="letter"))
    assert timeline(contact) == [("acc_A", "2024-01-01", "2026-02-01"), ("acc_B", "2026-02-01", None)]
    new = contact.affiliations[1]
    assert (new.department_id, new.role, new.evidence) == ("dep_B1", "head", "letter")
    (event,) = placed.emitted
    assert isinstance(event, ContactMoved)
    assert (event.from_account_id, event.from_department_id) == ("acc_A", "dep_A1")
    assert (event.to_account_id, event.to_department_id, event.role, event.on) == (
        "acc_B",
        "dep_B1",
        "head",
        day("2026-02-01"),
    )
    assert len(event.contact.affiliations) == 2


async def test_the_evidence_stays_in_the_owners_store(placed: FakeUnitOfWork):
    await run_in(placed, move_contact, a_move(evidence="his wife told us"))
    assert "his wife" not in str(placed.journal())


async def test_both_regions_are_told_and_only_the_new_one_sees_the_contact(placed: FakeUnitOfWork):
    contact = await run_in(placed, move_contact, a_move())
    assert [stamp.path for stamp in contact.visible] == [SOUTH]
    assert placed.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH]
    with pytest.raises(NotFound):
        await placed.next(principal=a_manager()).get(Contact, "con_1")
    assert await placed.next(principal=a_manager(path=SOUTH)).get(Contact, "con_1")


async def test_a_correction_of_the_past_is_told_where_the_contact_was(placed: FakeUnitOfWork):
    west = "/unt_hq/unt_west/"
    await placed.given(an_account("acc_W", path=west))
    await run_in(placed, move_contact, a_move("acc_B", "2026-02-01"))
    step = placed.next()
    contact = await run_in(step, move_contact, a_move("acc_W", "2025-01-01"))
    assert [stamp.path for stamp in contact.visible] == [SOUTH]
    assert step.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH, west]


async def test_until_a_planned_move_both_regions_see_the_contact(placed: FakeUnitOfWork):
    contact = await run_in(placed, move_contact, a_move(when="2026-09-01"))
    assert [stamp.path for stamp in contact.visible] == [NORTH, SOUTH]
    assert contact.restamp_on == day("2026-09-01")
    assert contact.primary_on(TODAY).account_id == "acc_A"
    assert contact.primary_on(day("2026-09-01")).account_id == "acc_B"


@pytest.mark.parametrize("same", [{}, {"role": "physician"}, {"to_department_id": "dep_A1"}])
async def test_the_same_place_is_no_move(placed: FakeUnitOfWork, same: dict[str, str]):
    contact = await run_in(placed, move_contact, a_move("acc_A", **same))
    assert contact.unmoved
    assert (contact.version, placed.emitted, placed.journal()) == (1, [], [])


async def test_repeating_a_move_is_no_second_move(placed: FakeUnitOfWork):
    first = await run_in(placed, move_contact, a_move())
    assert not first.unmoved
    again = placed.next()
    assert (await run_in(again, move_contact, a_move())).unmoved
    assert again.emitted == []


@pytest.mark.parametrize("other", [{"role": "head"}, {"to_department_id": "dep_A2"}, {"to_department_id": None}])
async def test_another_role_or_department_is_a_move_within_the_institution(
    placed: FakeUnitOfWork, other: dict[str, str | None]
):
    contact = await run_in(placed, move_contact, a_move("acc_A", **other))
    assert timeline(contact) == [("acc_A", "2024-01-01", "2026-02-01"), ("acc_A", "2026-02-01", None)]


async def test_the_role_that_is_not_named_stays(placed: FakeUnitOfWork):
    contact = await run_in(placed, move_contact, a_move())
    assert (contact.affiliations[1].role, contact.affiliations[1].department_id) == ("physician", None)


@pytest.mark.parametrize("when", ["2023-12-31", "2024-01-01"])
async def test_nobody_leaves_before_having_come(placed: FakeUnitOfWork, when: str):
    with pytest.raises(MoveBeforeStart) as refused:
        await run_in(placed, move_contact, a_move(when=when))
    assert (refused.value.status, refused.value.code, refused.value.violations[0].field) == (
        422,
        "move_before_start",
        "on",
    )


async def test_a_correction_of_the_past_leaves_what_came_later(placed: FakeUnitOfWork):
    await run_in(placed, move_contact, a_move("acc_B", "2026-02-01"))
    contact = await run_in(placed.next(), move_contact, a_move("acc_A", "2025-01-01", to_department_id="dep_A2"))
    assert timeline(contact) == [
        ("acc_A", "2024-01-01", "2025-01-01"),
        ("acc_A", "2025-01-01", "2026-02-01"),
        ("acc_B", "2026-02-01", None),
    ]


async def test_a_closed_institution_takes_nobody(placed: FakeUnitOfWork):
    for when in ("2026-01-15", "2026-02-01", "2026-06-01"):
        with pytest.raises(RuleBroken) as refused:
            await run_in(placed.next(), move_contact, a_move("acc_C", when))
        assert (refused.value.status, refused.value.code) == (422, "institution_closed")
        assert refused.value.violations[0].field == "to_account_id"


async def test_who_left_again_before_it_closed_may_have_been_there(placed: FakeUnitOfWork):
    await run_in(placed, move_contact, a_move("acc_B", "2026-01-15"))
    contact = await run_in(placed.next(), move_contact, a_move("acc_C", "2025-06-01"))
    assert timeline(contact) == [
        ("acc_A", "2024-01-01", "2025-06-01"),
        ("acc_C", "2025-06-01", "2026-01-15"),
        ("acc_B", "2026-01-15", None),
    ]


async def test_every_other_violation_is_told_at_once(placed: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed, move_contact, a_move("acc_C", "2126-01-01", to_department_id="dep_A1"))
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("to_department_id", "unknown_reference"),
        ("to_account_id", "institution_closed"),
        ("on", "too_far_ahead"),
    ]


async def test_an_absent_institution_is_an_unknown_reference(placed: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed, move_contact, a_move("acc_absent"))
    assert [(one.field, one.code) for one in refused.value.violations] == [("to_account_id", "unknown_reference")]


async def test_any_institution_of_the_directory_may_be_the_destination(placed: FakeUnitOfWork):
    northern = placed.next(principal=a_manager())
    contact = await run_in(northern, move_contact, a_move("acc_B"))
    assert contact.affiliations[-1].account_id == "acc_B"


async def test_a_contact_of_another_region_is_absent(placed: FakeUnitOfWork):
    with pytest.raises(NotFound):
        await run_in(placed.next(principal=a_manager(path=SOUTH)), move_contact, a_move())


async def test_a_stale_version_is_refused_when_one_was_sent(placed: FakeUnitOfWork):
    with pytest.raises(Stale):
        await run_in(placed.next(if_match=IfMatch("con_1", 4)), move_contact, a_move())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["acc_A", "acc_B", "acc_D"]), st.integers(-2, DAYS - 1)), max_size=6))
async def test_what_was_believed_before_a_correction_can_still_be_asked_for(sequence: list[tuple[str, int]]):
    work = FakeUnitOfWork(principal=a_steward(), now=NOW)
    for stored in (*the_units(), an_account("acc_A"), an_account("acc_B", path=SOUTH), an_account("acc_D")):
        await work.given(stored)
    contact = a_contact("con_0", since=START.isoformat(), role=None)
    await work.given(contact)
    calendar, believed = Calendar(), list[tuple[int, list[str]]]()
    for to, number in sequence:
        step = work.next()
        command = MoveContact(contact_id="con_0", to_account_id=to, on=on(number))
        try:
            after = await run_in(step, move_contact, command)
        except MoveBeforeStart:
            assert calendar.move(to, number) == "refused"
            continue
        assert calendar.move(to, number) == ("unchanged" if after.unmoved else "moved")
        if not after.unmoved:
            believed.append((after.recorded_us, list(calendar.boxes)))
    for known_at_us, boxes in believed:
        then = await version_at(work.fake, Contact, "con_0", known_at_us)
        assert then is not None
        assert [then.primary_on(on(asked)).account_id for asked in range(DAYS)] == boxes
        assert [len(then.affiliations_on(on(asked))) for asked in range(DAYS)] == [1] * DAYS
    assert len({known_at_us for known_at_us, _ in believed}) == len(believed)


async def test_a_move_on_every_day_of_a_month_is_one_stay_a_day(placed: FakeUnitOfWork):
    contact, step = None, placed
    for number in range(1, 29):
        step = step.next()
        contact = await run_in(step, move_contact, a_move("acc_B" if number % 2 else "acc_A", f"2026-01-{number:02d}"))
    assert len(contact.affiliations) == 29
    for number in range(27):
        asked = date(2026, 1, 1) + timedelta(days=number)
        assert [one.account_id for one in contact.affiliations_on(asked)] == ["acc_A" if number % 2 else "acc_B"]
