"""Care cases from the question to the end, and occasions that come up by the calendar."""

from datetime import datetime

import pytest
from chassis.journal import IDENTITIES, JOURNAL
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, a_rep
from chassis.testing.fake import run_in
from chassis.testing.principals import HQ_PATH, NORTH, SOUTH
from contracts.roles import Role
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.care.answer_case import AnswerCase, answer_case
from customer.care.assign_case import AssignCase, assign_case
from customer.care.calendar import TellOverdueCases, tell_overdue_cases
from customer.care.close_case import CloseCase, close_case
from customer.care.model import CareCase, CareKind, CaseStatus, IllegalCaseStep, NotAnswered
from customer.care.occasions import BringUpOccasions, bring_up_occasions
from customer.care.open_case import OpenCase, open_case
from customer.care.plans import CarePlan, Occasion, PlanEnded
from customer.care.reopen_case import ReopenCase, reopen_case
from customer.care.write_plan import ChangePlan, MakePlan, change_plan, make_plan
from customer.contacts.model import Contact
from customer.employees.model import Employee
from customer.employees.positions import Position
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.evaluation.runs import RequestRun, ScoreRun, request_run

from tests.customer.builders import TODAY, a_contact, an_account, day
from tests.customer.evaluation.samples import an_active_model
from tests.customer.evaluation.test_runs import carried_out

REP = a_rep(path=NORTH)
MANAGER = a_manager()


def at(when: str) -> datetime:
    """Ten in the morning, Beijing time."""
    return datetime.fromisoformat(f"{when}T02:00:00+00:00")


def on_another_day(work: FakeUnitOfWork, when: str) -> FakeUnitOfWork:
    return FakeUnitOfWork(now=at(when), store=work.fake)


def a_question(subject_id: str = "acc_A", **more: object) -> OpenCase:
    kind = "contact" if subject_id.startswith("con") else "account"
    body = {"kind": "inquiry", "subject": kind, "subject_id": subject_id, "text": "王小明 asks for the leaflet", **more}
    return OpenCase.model_validate(body)


async def opened(work: FakeUnitOfWork, command: OpenCase | None = None) -> CareCase:
    return await run_in(work.next(principal=REP), open_case, command or a_question())


async def an_employee(work: FakeUnitOfWork, identifier: str, path: str, role: Role = Role.REP, **more: object) -> None:
    position = Position(
        id=f"pos_{identifier}",
        unit_id=path.strip("/").split("/")[-1],
        unit_path=path,
        roles=[role],
        valid_from=day("2024-01-01"),
        **more,
    )
    hired = Employee.hire(
        id=f"emp_{identifier}", name="x", username=identifier, position=position, invitation="i" * 43, today=TODAY
    )
    await work.given(hired)


async def step(work: FakeUnitOfWork, use_case: object, command: object) -> CareCase:
    return await run_in(work.next(principal=MANAGER), use_case, command)


async def test_a_case_goes_its_way_and_back_once_more(work: FakeUnitOfWork):
    await an_employee(work, "rep", NORTH)
    case = await opened(work)
    seen = [case.status]
    for use_case, command in (
        (assign_case, AssignCase(case_id=case.id, employee_id="emp_rep")),
        (answer_case, AnswerCase(case_id=case.id, text="sent")),
        (close_case, CloseCase(case_id=case.id)),
        (reopen_case, ReopenCase(case_id=case.id, reason="it never came")),
        (answer_case, AnswerCase(case_id=case.id, text="sent again")),
        (close_case, CloseCase(case_id=case.id)),
    ):
        seen.append((await step(work, use_case, command)).status)
    assert [one.value for one in seen] == ["open", "assigned", "answered", "closed", "assigned", "answered", "closed"]
    after = await work.next(principal=MANAGER).get(CareCase, case.id)
    assert [one.text for one in after.answers] == ["sent", "sent again"]
    assert after.reopenings[0].reason == "it never came"


async def test_nothing_is_closed_without_an_answer(work: FakeUnitOfWork):
    case = await opened(work)
    with pytest.raises(NotAnswered):
        await step(work, close_case, CloseCase(case_id=case.id))
    await step(work, answer_case, AnswerCase(case_id=case.id, text="sent"))
    await step(work, close_case, CloseCase(case_id=case.id))
    for use_case, command in (
        (close_case, CloseCase(case_id=case.id)),
        (answer_case, AnswerCase(case_id=case.id, text="once more")),
    ):
        with pytest.raises(IllegalCaseStep):
            await step(work, use_case, command)
    await step(work, reopen_case, ReopenCase(case_id=case.id, reason="x"))
    with pytest.raises(NotAnswered):
        await step(work, close_case, CloseCase(case_id=case.id))
    with pytest.raises(IllegalCaseStep):
        await step(work, reopen_case, ReopenCase(case_id=case.id, reason="x"))


async def test_who_answers_an_open_case_has_taken_it_on(work: FakeUnitOfWork):
    case = await opened(work)
    unit = work.next(principal=REP)
    after = await run_in(unit, answer_case, AnswerCase(case_id=case.id, text="sent"))
    assert after.assignee_id == REP.employee_id
    assert [event.TYPE for event in unit.emitted] == [
        "customer.care-case-assigned.v1",
        "customer.care-case-answered.v1",
    ]


async def test_it_is_assigned_to_somebody_who_works_and_sees_whom_it_is_about(work: FakeUnitOfWork):
    await an_employee(work, "south", SOUTH)
    await an_employee(work, "hq", HQ_PATH, Role.HQ)
    await an_employee(work, "gone", NORTH, valid_to=day("2026-02-01"))
    case = await opened(work)
    steward = work.next()
    for employee_id, code in (
        ("emp_none", "unknown_reference"),
        ("emp_south", "employee_out_of_scope"),
        ("emp_gone", "employee_not_working"),
    ):
        with pytest.raises(RuleBroken) as refused:
            await run_in(steward.next(), assign_case, AssignCase(case_id=case.id, employee_id=employee_id))
        assert refused.value.code == code
    assigned = AssignCase(case_id=case.id, employee_id="emp_hq")
    assert (await run_in(work.next(), assign_case, assigned)).assignee_id == "emp_hq"
    again = work.next()
    await run_in(again, assign_case, assigned)
    assert again.emitted == []


@pytest.mark.parametrize(
    ("kind", "due_on"), [("inquiry", "2026-03-04"), ("complaint", "2026-03-02"), ("occasion", "2026-03-06")]
)
async def test_it_is_due_by_its_kind_and_told_of_once_when_late(work: FakeUnitOfWork, kind: str, due_on: str):
    case = await opened(work, a_question(kind=kind))
    assert case.due_on == day(due_on)
    assert not case.is_overdue(day(due_on))
    late = on_another_day(work, "2026-03-09")
    assert case.is_overdue(late.today)
    assert [await run_in(late.next(), tell_overdue_cases, TellOverdueCases()) for _ in range(2)] == [1, 0]


async def test_it_is_due_in_days_to_come_and_about_who_is_seen(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await opened(work, a_question("acc_B", due_on=day("2026-02-28")))
    assert {(one.field, one.code) for one in refused.value.violations} == {
        ("subject_id", "unknown_reference"),
        ("due_on", "in_the_past"),
    }


async def test_words_stay_in_the_store_and_go_with_the_person(work: FakeUnitOfWork):
    await work.given(a_contact())
    about = await opened(work, a_question("con_1", text="asks for a leaflet"))
    named = await opened(work)
    other = await opened(work, a_question(text="the heating is cold"))
    await run_in(work.next(principal=REP), answer_case, AnswerCase(case_id=about.id, text="王小明 has it"))
    assert "王小明" not in str(work.fake.rows(JOURNAL))
    await run_in(work.next(), erase_contact, EraseContact(contact_id="con_1", reason="asked for it"))
    for collection in ("care_cases", IDENTITIES):
        left = str(work.fake.rows(collection))
        assert "王小明" not in left
        assert "asks for a leaflet" not in left
    unit = work.next()
    assert (await unit.get(CareCase, named.id)).text is None
    assert (await unit.get(CareCase, other.id)).text == "the heating is cold"


# --- plans


def a_plan(subject: str = "account", **more: object) -> MakePlan:
    """The national day of the north, a week ahead."""
    body = {
        "name": "Holidays",
        "subject": subject,
        "segment": {"unit_id": "unt_north", **more.pop("segment", {})},  # type: ignore[dict-item]
        "occasions": [{"name": "国庆节", "month": 10, "day": 1, "lead_days": 7}],
        **more,
    }
    return MakePlan.model_validate(body)


async def all_rounds(work: FakeUnitOfWork, when: str, limit: int = 100) -> int:
    """Bring up all that is due on a day, batch by batch; in how many."""
    for batches in range(50):
        if not await run_in(on_another_day(work, when), bring_up_occasions, BringUpOccasions(limit=limit)):
            return batches
    raise AssertionError("it never ends")


async def cases(work: FakeUnitOfWork) -> list[CareCase]:
    return await work.next().find(CareCase, {}, sort=[("subject_id", 1), ("occasion_on", 1)])


@pytest.mark.parametrize(
    ("occasion", "year", "registered", "found"),
    [
        (Occasion(name="x", month=10, day=1), 2026, None, "2026-10-01"),
        (Occasion(name="x", month=5), 2026, None, "2026-05-01"),
        (Occasion(name="x", month=2, day=29), 2026, None, "2026-02-28"),
        (Occasion(name="x", month=2, day=29), 2028, None, "2028-02-29"),
        (Occasion(name="x"), 2026, "2020-06-05", "2026-06-05"),
        (Occasion(name="x"), 2026, "2024-02-29", "2026-02-28"),
        (Occasion(name="x"), 2026, "2026-01-01", None),
        (Occasion(name="x"), 2026, None, None),
    ],
)
def test_the_day_of_an_occasion(occasion: Occasion, year: int, registered: str | None, found: str | None):
    assert occasion.date_in(year, day(registered) if registered else None) == (day(found) if found else None)


async def test_occasions_come_up_once_for_each_of_the_segment_and_nobody_else(work: FakeUnitOfWork):
    for number in range(5):
        await work.given(a_contact(f"con_{number}", name=f"Doctor {number}"))
    await work.given(a_contact("con_far", at="acc_B", path=SOUTH))
    await run_in(work.next(), make_plan, a_plan("contact"))
    assert await all_rounds(work, "2026-09-23") == 0
    assert await all_rounds(work, "2026-09-24", limit=2) == 3
    assert await all_rounds(work, "2026-09-25", limit=2) == 0
    found = await cases(work)
    assert [(one.subject_id, one.due_on) for one in found] == [(f"con_{n}", day("2026-10-01")) for n in range(5)]
    assert {(one.care_kind, one.status, one.occasion) for one in found} == {
        (CareKind.OCCASION, CaseStatus.OPEN, "国庆节")
    }
    assert await all_rounds(work, "2027-09-30") == 1
    assert len(await cases(work)) == 10


async def test_a_round_that_was_broken_off_goes_on_and_makes_none_twice(work: FakeUnitOfWork):
    for number in range(5):
        await work.given(a_contact(f"con_{number}", name=f"Doctor {number}"))
    await run_in(work.next(), make_plan, a_plan("contact"))
    await run_in(on_another_day(work, "2026-09-24"), bring_up_occasions, BringUpOccasions(limit=2))
    lost = on_another_day(work, "2026-09-24")
    await bring_up_occasions(BringUpOccasions(limit=2), lost)  # never commits its cases
    work.fake.rows("care_rounds").clear()  # nor is it known how far anybody came
    await all_rounds(work, "2026-09-26", limit=2)
    assert [one.subject_id for one in await cases(work)] == [f"con_{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        ({}, ["acc_A"]),
        ({"kinds": ["hospital"], "grades": ["3A"]}, ["acc_A"]),
        ({"kinds": ["pharmacy"]}, []),
        ({"grades": ["1C"]}, []),
        ({"unit_id": "unt_south"}, ["acc_B"]),  # C is closed
    ],
)
async def test_a_segment_is_a_part_of_a_unit(work: FakeUnitOfWork, segment: dict[str, object], found: list[str]):
    await run_in(work.next(), correct_account, CorrectAccount(account_id="acc_A", grade="3A"))
    await run_in(work.next(), make_plan, a_plan(segment=segment))
    await all_rounds(work, "2026-10-01")
    assert [one.subject_id for one in await cases(work)] == found


async def test_tiers_are_those_that_count_on_the_day(work: FakeUnitOfWork):
    for number in range(1, 5):
        await work.given(an_account(f"acc_{number}", beds=100 * number, discharges=10 * number))
    await run_in(work.next(), make_plan, a_plan(segment={"tiers": ["A"]}))
    await all_rounds(work, "2026-09-24")
    assert await cases(work) == []
    model = await an_active_model(work)
    run = await run_in(work.next(), request_run, RequestRun(model_id=model.id, as_of=TODAY))
    await carried_out(work, model, run)
    work.fake.rows(ScoreRun.COLLECTION)[run.id]["state"] = "done"
    work.fake.rows("care_rounds").clear()
    await all_rounds(work, "2026-09-25")
    assert [one.subject_id for one in await cases(work)] == ["acc_4"]


async def test_specialties_narrow_and_who_is_erased_is_left_alone(work: FakeUnitOfWork):
    for number, specialty in enumerate(("cardiology", "cardiology", "surgery")):
        contact: Contact = a_contact(f"con_{number}", name=f"Doctor {number}")
        contact.specialty = specialty
        await work.given(contact)
    await run_in(work.next(), erase_contact, EraseContact(contact_id="con_1", reason="asked for it"))
    await run_in(work.next(), make_plan, a_plan("contact", segment={"specialties": ["cardiology"]}))
    await all_rounds(work, "2026-10-01")
    assert [one.subject_id for one in await cases(work)] == ["con_0"]


async def test_anniversaries_come_up_on_each_ones_own_day(work: FakeUnitOfWork):
    early, late = a_contact("con_1"), a_contact("con_2", name="韩梅梅")
    early.created_at, late.created_at = at("2024-05-01"), at("2025-05-20")
    await work.given(early)
    await work.given(late)
    anniversary = [{"name": "registered", "lead_days": 3}]
    await run_in(work.next(), make_plan, a_plan("contact", occasions=anniversary))
    for when in ("2026-04-27", "2026-04-28", "2026-04-29", "2026-05-18", "2026-05-19"):
        await all_rounds(work, when)
    assert [(one.subject_id, one.due_on) for one in await cases(work)] == [
        ("con_1", day("2026-05-01")),
        ("con_2", day("2026-05-20")),
    ]


async def test_a_plan_that_has_ended_brings_up_nothing_and_stays_ended(work: FakeUnitOfWork):
    plan: CarePlan = await run_in(work.next(), make_plan, a_plan())
    await run_in(work.next(), change_plan, ChangePlan(plan_id=plan.id, status="ended"))
    assert await all_rounds(work, "2026-10-01") == 0
    with pytest.raises(PlanEnded):
        await run_in(work.next(), change_plan, ChangePlan(plan_id=plan.id, name="x"))


async def test_all_that_is_wrong_with_a_plan_is_told_at_once(work: FakeUnitOfWork):
    occasions = [
        {"name": "a", "month": 2, "day": 30},
        {"name": "a", "day": 3},
    ]
    with pytest.raises(RuleBroken) as refused:
        await run_in(
            work.next(),
            make_plan,
            a_plan("contact", occasions=occasions, segment={"unit_id": "unt_none", "kinds": ["hospital"]}),
        )
    assert {(one.field, one.code) for one in refused.value.violations} == {
        ("segment.unit_id", "unknown_reference"),
        ("segment.kinds", "not_of_subject"),
        ("occasions[0].day", "no_such_day"),
        ("occasions[1].name", "duplicate_occasion"),
        ("occasions[1].day", "day_without_month"),
    }
