"""Planning a visit."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.principal import SystemPrincipal
from chassis.refusals import Refusal
from chassis.testing import FakeUnitOfWork, a_rep, run_in
from chassis.testing.principals import SOUTH
from chassis.work import UnsettledReference
from contracts.events.visits import VisitPlanned
from contracts.values import Stage, VisitState
from visits.visits.author import AuthorMissing
from visits.visits.plan_visit import PlanVisit, plan_visit
from visits.visits.refusals import NotTheAuthor, VisitIdTaken

from tests.visits.builders import NOW, TERRITORY, TODAY, a_visit, an_account, an_employee


def a_plan(**more: Any) -> PlanVisit:
    fields: dict[str, Any] = {"account_id": "acc_A", "planned_at": NOW, "contact_ids": ["con_1"]}
    return PlanVisit(**fields | more)


async def refused(command: PlanVisit, work: FakeUnitOfWork) -> list[tuple[str | None, str]]:
    with pytest.raises(Refusal) as refusal:
        await plan_visit(command, work)
    assert refusal.value.status == 422
    assert work.emitted == []
    return [(v.field, v.code) for v in refusal.value.violations]


async def test_a_visit_is_credited_to_the_authors_unit_of_the_day(work: FakeUnitOfWork):
    visit = await run_in(work, plan_visit, a_plan())
    assert (visit.employee_id, visit.credited_unit_id, visit.credited_path) == ("emp_rep", "unt_t1", TERRITORY)
    assert (visit.state, visit.planned_on, visit.attempt) == (VisitState.PLANNED, TODAY, 0)
    assert [type(event) for event in work.emitted] == [VisitPlanned]


async def test_late_evening_in_utc_is_the_next_business_day(work: FakeUnitOfWork):
    visit = await plan_visit(a_plan(planned_at=NOW.replace(hour=17)), work)
    assert visit.planned_on == TODAY + timedelta(days=1)


async def test_the_institutions_territory_sees_the_visit_of_another_unit(work: FakeUnitOfWork):
    await work.given(an_account("acc_shared", path="/unt_hq/unt_north/unt_t1/unt_sub/"))
    visit = await plan_visit(a_plan(account_id="acc_shared", contact_ids=[]), work)
    assert [stamp.path for stamp in visit.visible] == [TERRITORY, "/unt_hq/unt_north/unt_t1/unt_sub/"]


async def test_everything_wrong_is_said_at_once(work: FakeUnitOfWork):
    command = a_plan(
        planned_at=NOW + timedelta(days=800), contact_ids=["con_1", "con_B", "con_south", "con_nobody", "con_1"]
    )
    assert await refused(command, work) == [
        ("planned_at", "absurd_date"),
        ("contact_ids[4]", "repeated"),
        ("contact_ids[1]", "not_affiliated"),
        ("contact_ids[2]", "unknown_reference"),
        ("contact_ids[3]", "unknown_reference"),
    ]


async def test_an_institution_out_of_sight_is_as_unknown_as_one_that_never_was(work: FakeUnitOfWork):
    out_of_scope = await refused(a_plan(account_id="acc_south", contact_ids=[]), work)
    absent = await refused(a_plan(account_id="acc_nowhere", contact_ids=[]), work.next())
    assert out_of_scope == absent == [("account_id", "unknown_reference")]


async def test_a_closed_institution_takes_no_visits(work: FakeUnitOfWork):
    assert await refused(a_plan(account_id="acc_closed", contact_ids=[]), work) == [("account_id", "account_closed")]


async def test_a_contact_who_left_before_the_day_cannot_be_planned(work: FakeUnitOfWork):
    assert await refused(a_plan(contact_ids=["con_left"]), work) == [("contact_ids[0]", "not_affiliated")]
    earlier = a_plan(contact_ids=["con_left"], planned_at=NOW - timedelta(days=3))
    assert (await plan_visit(earlier, work.next())).contact_ids == ["con_left"]


async def test_what_an_event_on_its_way_may_put_right_is_waited_for(work: FakeUnitOfWork):
    with pytest.raises(UnsettledReference):
        await plan_visit(a_plan(contact_ids=["con_B"]), work)


async def test_who_has_no_position_on_the_day_cannot_plan(work: FakeUnitOfWork):
    await work.given(an_employee("emp_new", since=TODAY + timedelta(days=7)))
    new = work.next(principal=a_rep(employee_id="emp_new"))
    assert await refused(a_plan(), new) == [("planned_at", "not_employed")]


async def test_the_same_client_made_id_and_plan_is_the_visit_that_there_is(work: FakeUnitOfWork):
    first = await run_in(work, plan_visit, a_plan(visit_id="vis_mine"))
    again = work.next()
    second = await run_in(again, plan_visit, a_plan(visit_id="vis_mine"))
    assert (first.id, second.version) == ("vis_mine", 1)
    assert again.emitted == []


@pytest.mark.parametrize("other", [{"account_id": "acc_B"}, {"contact_ids": []}, {"planned_at": NOW + timedelta(1)}])
async def test_the_same_client_made_id_with_another_plan_is_refused(work: FakeUnitOfWork, other: dict[str, Any]):
    await run_in(work, plan_visit, a_plan(visit_id="vis_mine"))
    with pytest.raises(VisitIdTaken):
        await plan_visit(a_plan(visit_id="vis_mine", **other), work.next())


async def test_a_client_made_id_that_is_taken_out_of_sight_tells_nothing(work: FakeUnitOfWork):
    await work.given(a_visit("vis_theirs", employee_id="emp_rep2"))
    other = work.next(principal=a_rep(path=SOUTH + "unt_t9/", employee_id="emp_rep2"))
    await other.given(an_account("acc_x", path=SOUTH + "unt_t9/"))
    with pytest.raises(Refusal) as refusal:
        await run_in(other, plan_visit, a_plan(visit_id="vis_theirs", account_id="acc_x", contact_ids=[]))
    assert (refusal.value.status, refusal.value.code) == (409, "already_exists")


async def test_the_system_names_the_author_and_nobody_else_does(work: FakeUnitOfWork):
    with pytest.raises(NotTheAuthor):
        await plan_visit(a_plan(employee_id="emp_manager"), work)
    system = work.next(principal=SystemPrincipal("load"))
    assert (await plan_visit(a_plan(employee_id="emp_rep"), system)).employee_id == "emp_rep"
    with pytest.raises(AuthorMissing):
        await plan_visit(a_plan(), system)


async def test_the_institution_is_guarded_until_the_commit(work: FakeUnitOfWork):
    await run_in(work, plan_visit, a_plan())
    assert work.fake.rows("known_accounts")["acc_A"]["guard"] == 1
    assert work.fake.rows("known_accounts")["acc_A"]["stage"] == Stage.ACTIVE
