"""Rules of covering an institution for a product line."""

from datetime import date, timedelta
from typing import Any

import pytest
from chassis.refusals import Refusal, RuleBroken
from chassis.testing import FakeUnitOfWork
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import AccountRealigned, AlignmentChanged, AlignmentOpened
from contracts.values import Stamp
from customer.accounts.model import Account
from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.keep_in_force import BringIntoForce, bring_into_force
from customer.alignments.model import Alignment
from customer.alignments.timeline import NotCovered, TwoPrimaryRepresentatives

from tests.customer.alignments.samples import T1, T3, a_line, an_employee, the_field
from tests.customer.builders import TODAY, day


@pytest.fixture
async def field(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The organisation with territories, representatives and lines."""
    for stored in the_field():
        await work.given(stored)
    return work


def an_assignment(**more: Any) -> AssignTerritory:
    """Hospital A, covered by the first territory from today."""
    body = {"account_id": "acc_A", "line_id": "lin_1", "unit_id": "unt_t1", "employee_id": "emp_1", "valid_from": TODAY}
    return AssignTerritory(**body | more)


async def test_the_territory_of_today_sees_the_institution_besides_the_owning_unit(field: FakeUnitOfWork):
    alignment = await assign_territory(an_assignment(unit_id="unt_t3", employee_id="emp_3"), field)
    account = await field.get(Account, "acc_A")
    assert account.visible == [Stamp(path=NORTH), Stamp(line="lin_1", path=T3)]
    assert alignment.visible == account.visible
    assert [type(event) for event in field.emitted] == [AlignmentOpened, AccountRealigned]
    assert field.emitted[1].account.visible == account.visible


async def test_a_planned_assignment_shows_the_institution_to_nobody_yet(field: FakeUnitOfWork):
    ahead = TODAY + timedelta(days=3)
    alignment = await assign_territory(an_assignment(unit_id="unt_t3", employee_id="emp_3", valid_from=ahead), field)
    assert (await field.get(Account, "acc_A")).visible == [Stamp(path=NORTH)]
    assert alignment.restamp_on == ahead
    assert [type(event) for event in field.emitted] == [AlignmentOpened]


async def test_a_planned_assignment_comes_into_force_on_its_date(field: FakeUnitOfWork):
    ahead = TODAY + timedelta(days=3)
    await assign_territory(an_assignment(), field)
    await change_alignment(
        ChangeAlignment(alignment_id="aln_A_1", valid_from=ahead, unit_id="unt_t3", employee_id="emp_3"), field
    )
    await field.commit()
    later = FakeUnitOfWork(store=field.fake, now=field.now + timedelta(days=3))
    assert await bring_into_force(BringIntoForce(), later) == 1
    await later.commit()
    account = await later.get(Account, "acc_A")
    assert account.visible == [Stamp(path=NORTH), Stamp(line="lin_1", path=T3)]
    again = later.next()
    assert await bring_into_force(BringIntoForce(), again) == 0


async def test_two_lines_cover_one_institution_without_getting_in_each_others_way(field: FakeUnitOfWork):
    await assign_territory(an_assignment(), field)
    await assign_territory(an_assignment(line_id="lin_2", unit_id="unt_t3", employee_id="emp_3"), field)
    account = await field.get(Account, "acc_A")
    assert account.visible == [Stamp(path=NORTH), Stamp(line="lin_1", path=T1), Stamp(line="lin_2", path=T3)]


async def test_a_second_primary_at_the_same_time_is_refused(field: FakeUnitOfWork):
    await assign_territory(an_assignment(), field)
    with pytest.raises(TwoPrimaryRepresentatives):
        await assign_territory(
            an_assignment(unit_id="unt_t3", employee_id="emp_3", valid_from=day("2030-01-01")), field
        )


async def test_a_later_assignment_leaves_a_gap_that_is_told(field: FakeUnitOfWork):
    await assign_territory(an_assignment(valid_to=TODAY + timedelta(days=5)), field)
    again = await assign_territory(an_assignment(valid_from=TODAY + timedelta(days=9)), field)
    assert [(gap.since, gap.until) for gap in again.gaps] == [(TODAY + timedelta(days=5), TODAY + timedelta(days=9))]


@pytest.mark.parametrize(
    ("wrong", "code", "name"),
    [
        ({"unit_id": "unt_north"}, "not_a_territory", "unit_id"),
        ({"employee_id": "emp_3"}, "representative_elsewhere", "employee_id"),
        ({"employee_id": "emp_9"}, "representative_not_employed", "employee_id"),
        ({"valid_to": TODAY}, "ends_before_it_starts", "valid_to"),
        ({"valid_from": day("2099-01-01")}, "too_far_ahead", "valid_from"),
        ({"account_id": "acc_C"}, "institution_closed", "account_id"),
        ({"account_id": "acc_X"}, "unknown_reference", "account_id"),
        ({"line_id": "lin_X"}, "unknown_reference", "line_id"),
        ({"unit_id": "unt_X"}, "unknown_reference", "unit_id"),
        ({"employee_id": "emp_X"}, "unknown_reference", "employee_id"),
    ],
)
async def test_what_is_wrong_with_an_assignment_is_named(
    field: FakeUnitOfWork, wrong: dict[str, Any], code: str, name: str
):
    await field.given(an_employee("emp_9", T1, until=TODAY))
    with pytest.raises(RuleBroken) as refused:
        await assign_territory(an_assignment(**wrong), field)
    assert (code, name) in [(one.code, one.field) for one in refused.value.violations]
    assert field.emitted == []


async def test_everything_that_is_wrong_is_told_at_once(field: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await assign_territory(
            an_assignment(
                account_id="acc_C", line_id="lin_X", unit_id="unt_north", employee_id="emp_3", valid_to=TODAY
            ),
            field,
        )
    assert {one.code for one in refused.value.violations} == {
        "institution_closed",
        "unknown_reference",
        "not_a_territory",
        "representative_elsewhere",
        "ends_before_it_starts",
    }


async def test_a_manager_above_the_territory_may_stand_in(field: FakeUnitOfWork):
    await field.given(an_employee("emp_boss", NORTH))
    alignment = await assign_territory(an_assignment(employee_id="emp_boss"), field)
    assert alignment.assignments[0].employee_id == "emp_boss"


async def test_a_change_of_the_representative_alone_leaves_the_institution_as_it_is(field: FakeUnitOfWork):
    await field.given(an_employee("emp_4", T1))
    alignment = await assign_territory(an_assignment(valid_from=day("2026-01-01")), field)
    changed = await change_alignment(
        ChangeAlignment(alignment_id=alignment.id, valid_from=TODAY, employee_id="emp_4", reason="promoted"), field
    )
    assert [(one.employee_id, one.valid_from) for one in changed.assignments] == [
        ("emp_1", day("2026-01-01")),
        ("emp_4", TODAY),
    ]
    assert [type(event) for event in field.emitted] == [AlignmentOpened, AccountRealigned, AlignmentChanged]
    await field.commit()
    assert field.journal()[-1]["reason"] == "promoted"


async def test_ending_the_coverage_takes_the_territorys_sight_away(field: FakeUnitOfWork):
    alignment = await assign_territory(an_assignment(valid_from=day("2026-01-01")), field)
    await change_alignment(ChangeAlignment(alignment_id=alignment.id, valid_from=TODAY, end=True), field)
    assert (await field.get(Account, "acc_A")).visible == [Stamp(path=NORTH)]
    assert alignment.holding_on(TODAY) is None
    assert alignment.holding_on(TODAY - timedelta(days=1)) is not None


async def test_a_change_that_changes_nothing_is_not_recorded(field: FakeUnitOfWork):
    alignment = await assign_territory(an_assignment(), field)
    told = len(field.emitted)
    await change_alignment(ChangeAlignment(alignment_id=alignment.id, valid_from=TODAY, employee_id="emp_1"), field)
    assert len(field.emitted) == told


@pytest.mark.parametrize(
    ("change", "refusal", "code"),
    [
        ({"valid_from": day("2019-01-01"), "end": True}, NotCovered, "not_covered"),
        ({"valid_from": TODAY, "end": True, "employee_id": "emp_1"}, RuleBroken, "ends_and_goes_on"),
        ({"valid_from": TODAY, "employee_id": "emp_3"}, RuleBroken, "representative_elsewhere"),
        ({"valid_from": TODAY, "unit_id": "unt_south"}, RuleBroken, "not_a_territory"),
    ],
)
async def test_what_is_wrong_with_a_change_is_named(
    field: FakeUnitOfWork, change: dict[str, Any], refusal: type[Refusal], code: str
):
    alignment = await assign_territory(an_assignment(), field)
    with pytest.raises(refusal) as refused:
        await change_alignment(ChangeAlignment(alignment_id=alignment.id, **change), field)
    assert refused.value.code == code


async def test_an_institution_that_changes_its_owner_keeps_its_territories(field: FakeUnitOfWork):
    await assign_territory(an_assignment(), field)
    account = await field.get(Account, "acc_A")
    account.align(unit_id="unt_south", unit_path=SOUTH)
    assert account.visible == [Stamp(path=SOUTH), Stamp(line="lin_1", path=T1)]


async def test_an_alignment_is_one_document_of_an_institution_and_a_line(field: FakeUnitOfWork):
    await field.given(a_line("lin_3"))
    first = await assign_territory(an_assignment(valid_to=day("2026-06-01")), field)
    second = await assign_territory(
        an_assignment(valid_from=day("2026-06-01"), unit_id="unt_t2", employee_id="emp_2"), field
    )
    other = await assign_territory(an_assignment(line_id="lin_3"), field)
    assert first.id == second.id != other.id
    assert isinstance(second, Alignment)
    assert second.units_named == ["unt_t1", "unt_t2"]
    assert second.holding_on(date(2026, 6, 1)) == second.assignments[1]
