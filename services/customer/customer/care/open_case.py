"""Open a care case."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import VisitId
from pydantic import BaseModel, ConfigDict

from customer.about import SUBJECTS, SubjectId, SubjectKind, restamp
from customer.care.model import CareCase, CareKind
from customer.planning import refuse_far_plans
from customer.texts import LongNote
from customer.working_policy.model import policy_of


class CaseFacts(BaseModel):
    """A concern of an institution or a contact, or an occasion; due by the policy unless a day is named."""

    model_config = ConfigDict(extra="forbid")

    kind: CareKind
    subject: SubjectKind
    subject_id: SubjectId
    visit_id: VisitId | None = None
    text: LongNote
    due_on: date | None = None


class OpenCase(CaseFacts, Command):
    """Write down what somebody asks, complains of, or is to be cared for."""


async def open_case(command: OpenCase, work: UnitOfWork) -> CareCase:
    """The new case. Raises: RuleBroken with every violation."""
    subject = await work.reference(SUBJECTS[command.subject], command.subject_id, field="subject_id")
    policy = await policy_of(work)
    if command.due_on is not None:
        refuse_far_plans(work, command.due_on, field="due_on")
        if command.due_on < work.today:
            work.violate("due_on", "in_the_past", "it is due today at the earliest")
    work.check()
    assert subject is not None
    await work.require(subject)
    case = CareCase(
        id=CareCase.new_id(),
        subject=command.subject,
        subject_id=command.subject_id,
        care_kind=command.kind,
        text=command.text,
        visit_id=command.visit_id,
        opened_by=work.principal.employee_id,
        due_on=command.due_on or policy.due(work.today, getattr(policy.care_days, command.kind.value)),
        home_unit_id=work.principal.unit_id or "",
        home_path=work.principal.unit_path or "/",
        created_at=work.now,
    )
    await restamp(case, work)
    work.add(case, case.opened())
    return case
