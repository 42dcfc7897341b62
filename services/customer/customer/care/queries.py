"""Reads of care cases."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from chassis.reads import Paging, Reads
from pydantic import BaseModel

from customer.about import SubjectKind
from customer.care.model import UNANSWERED, CareAnswer, CareCase, CareKind, CaseStatus, Reopening


class CaseOut(BaseModel):
    """A care case; `overdue`: it should have been answered before today."""

    id: str
    kind: CareKind
    subject: SubjectKind
    subject_id: str
    visit_id: str | None
    text: str | None
    status: CaseStatus
    opened_by: str | None
    assignee_id: str | None
    answers: list[CareAnswer]
    reopenings: list[Reopening]
    due_on: date
    overdue: bool
    escalated_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    plan_id: str | None
    occasion: str | None
    occasion_on: date | None
    version: int

    @classmethod
    def of(cls, case: CareCase, today: date) -> "CaseOut":
        """The answer for a case."""
        plain = cls.model_fields.keys() - {"kind", "overdue"}
        return cls(**{name: getattr(case, name) for name in plain}, kind=case.care_kind, overdue=case.is_overdue(today))


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to."""

    care_kind: CareKind | None = None
    status: CaseStatus | None = None
    subject_id: str | None = None
    visit_id: str | None = None
    assignee_id: str | None = None
    plan_id: str | None = None
    overdue: bool | None = None

    def where(self, today: date) -> dict[str, Any]:
        """The filter of the store."""
        plain = {name: value for name, value in asdict(self).items() if value is not None and name != "overdue"}
        where = {name: getattr(value, "value", value) for name, value in plain.items()}
        if self.overdue is None or (self.status is not None and self.status not in UNANSWERED):
            return {**where, "_id": {"$in": []}} if self.overdue else where
        late = {"$lt": today.isoformat()}
        if self.overdue:
            return {"status": {"$in": sorted(UNANSWERED)}, **where, "due_on": late}
        if self.status is not None:
            return {**where, "due_on": {"$not": late}}
        return {**where, "$nor": [{"status": {"$in": sorted(UNANSWERED)}, "due_on": late}]}


async def list_cases(read: Reads, page: Paging, wanted: CaseFilter, today: date) -> dict[str, Any]:
    """The cases in scope that fit."""
    return await read.page(
        CareCase,
        wanted.where(today),
        page,
        out=lambda case: CaseOut.of(case, today),
        sortable={"created_at", "due_on"},
    )
