"""HTTP of care cases."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Query, Read, Router, Run
from chassis.reads import Change
from contracts.ids import CarePlanId, EmployeeId, VisitId

from customer.about import SubjectId
from customer.care.answer_case import AnswerCase, answer_case
from customer.care.assign_case import AssignCase, assign_case
from customer.care.close_case import CloseCase, close_case
from customer.care.model import CareCase, CareKind, CaseStatus
from customer.care.open_case import CaseFacts, OpenCase, open_case
from customer.care.queries import CaseFilter, CaseOut, list_cases
from customer.care.reopen_case import ReopenCase, reopen_case
from customer.texts import LongNote, Note
from customer.timetravel import KnownAt, Today

router = Router(prefix="/care-cases", tags=["care"])


class CaseBody(CaseFacts, Body):
    """A concern of an institution or a contact, or an occasion."""


class AssignmentBody(Body):
    """Who is to answer."""

    employee_id: EmployeeId


class AnswerBody(Body):
    """What was said or done."""

    text: LongNote


class ReopeningBody(Body):
    """Why something is left to do."""

    reason: Note


@router.post("", status_code=201, permission=Permission.CARE_WRITE, response_model=CaseOut)
async def post_case(body: CaseBody, run: Run, today: Today) -> Answer:
    """Open a case about an institution or a contact in scope."""
    case = await run(open_case, OpenCase(**body.fields()), locks=[body.subject_id])
    return _answer(case, today)


@router.get("", permission=Permission.CARE_READ, response_model=Page[CaseOut])
async def get_cases(
    read: Read,
    page: PageArgs,
    today: Today,
    kind: CareKind | None = None,
    status: CaseStatus | None = None,
    subject_id: SubjectId | None = None,
    visit_id: VisitId | None = None,
    assignee_id: EmployeeId | None = None,
    plan_id: CarePlanId | None = None,
    overdue: Annotated[bool | None, Query(description="Should have been answered before today")] = None,
) -> Answer:
    """The cases in scope; sort by `created_at` or `due_on`."""
    wanted = CaseFilter(kind, status, subject_id, visit_id, assignee_id, plan_id, overdue)
    return Answer(await list_cases(read, page, wanted, today))


@router.get("/{case_id}", permission=Permission.CARE_READ, response_model=CaseOut)
async def get_case(case_id: str, read: Read, today: Today, known_at: KnownAt = None) -> Answer:
    """One case, as it is or as it was known at an instant."""
    case = await read.at(CareCase, case_id, known_at=known_at)
    return Answer(CaseOut.of(case, today), version=case.version if known_at is None else None)


@router.post("/{case_id}/assignment", permission=Permission.CARE_ASSIGN, response_model=CaseOut)
async def post_assignment(case_id: str, body: AssignmentBody, run: Run, today: Today) -> Answer:
    """Let an employee answer it, who works today and sees whom it is about."""
    command = AssignCase(case_id=case_id, employee_id=body.employee_id)
    return _answer(await run(assign_case, command, subject=case_id, locks=[case_id]), today)


@router.post("/{case_id}/answer", permission=Permission.CARE_WRITE, response_model=CaseOut)
async def post_answer(case_id: str, body: AnswerBody, run: Run, today: Today) -> Answer:
    """Answer it, perhaps once more; who answers an open case has taken it on."""
    command = AnswerCase(case_id=case_id, text=body.text)
    return _answer(await run(answer_case, command, subject=case_id, locks=[case_id]), today)


@router.post("/{case_id}/closure", permission=Permission.CARE_WRITE, response_model=CaseOut)
async def post_closure(case_id: str, run: Run, today: Today) -> Answer:
    """Close a case that was answered."""
    return _answer(await run(close_case, CloseCase(case_id=case_id), subject=case_id, locks=[case_id]), today)


@router.post("/{case_id}/reopening", permission=Permission.CARE_WRITE, response_model=CaseOut)
async def post_reopening(case_id: str, body: ReopeningBody, run: Run, today: Today) -> Answer:
    """Open a closed case again: it is due anew and wants another answer."""
    command = ReopenCase(case_id=case_id, reason=body.reason)
    return _answer(await run(reopen_case, command, subject=case_id, locks=[case_id]), today)


@router.get("/{case_id}/history", permission=Permission.CARE_READ, response_model=Page[Change])
async def get_case_history(case_id: str, read: Read, page: PageArgs) -> Answer:
    """What became of it, when and by whom, oldest first; words are named only."""
    return Answer(await read.history(CareCase, case_id, page))


def _answer(case: CareCase, today: date) -> Answer:
    return Answer(CaseOut.of(case, today), version=case.version)
