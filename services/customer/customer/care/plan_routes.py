"""HTTP of care plans."""

from datetime import datetime
from typing import Annotated, Any

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.ids import UnitId
from pydantic import BaseModel, Field

from customer.about import SubjectKind
from customer.care.plans import MAX_OCCASIONS, CarePlan, CarePlanStatus, Occasion, Segment
from customer.care.write_plan import (
    CarePlanCorrections,
    CarePlanFacts,
    ChangePlan,
    MakePlan,
    change_plan,
    make_plan,
)
from customer.texts import absent
from customer.timetravel import KnownAt

router = Router(prefix="/care-plans", tags=["care"])


class OccasionBody(Occasion, Body):
    """A day of every year."""


class SegmentBody(Segment, Body):
    """Whom a plan is for."""


Occasions = Annotated[list[OccasionBody], Field(min_length=1, max_length=MAX_OCCASIONS)]


class CarePlanBody(CarePlanFacts, Body):
    """A plan for a segment of a unit."""

    segment: SegmentBody
    occasions: Occasions


class CarePlanCorrectionsBody(CarePlanCorrections, Body):
    """What is sent changes; `ended`: no more occasions."""

    segment: SegmentBody = absent()
    occasions: Occasions = absent()


class CarePlanOut(BaseModel):
    """A care plan."""

    id: str
    name: str
    subject: SubjectKind
    segment: Segment
    occasions: list[Occasion]
    status: CarePlanStatus
    author_id: str | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, plan: CarePlan) -> "CarePlanOut":
        """The answer for a plan."""
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


@router.post("", status_code=201, permission=Permission.CARE_PLANS_WRITE, response_model=CarePlanOut)
async def post_plan(body: CarePlanBody, run: Run) -> Answer:
    """Care for a segment from now on: cases come up by themselves, ahead of each occasion."""
    plan = await run(make_plan, MakePlan(**body.fields()), locks=[body.segment.unit_id])
    return Answer(CarePlanOut.of(plan), version=plan.version)


@router.get("", permission=Permission.CARE_READ, response_model=Page[CarePlanOut])
async def get_plans(
    read: Read, page: PageArgs, status: CarePlanStatus | None = None, unit_id: UnitId | None = None
) -> Answer:
    """The plans for units in scope; sort by `name`."""
    where: dict[str, Any] = {} if status is None else {"status": status.value}
    if unit_id is not None:
        where["segment.unit_id"] = unit_id
    return Answer(await read.page(CarePlan, where, page, out=CarePlanOut.of, sortable={"name"}))


@router.get("/{plan_id}", permission=Permission.CARE_READ, response_model=CarePlanOut)
async def get_plan(plan_id: str, read: Read, known_at: KnownAt = None) -> Answer:
    """One plan, as it is or as it was known at an instant."""
    plan = await read.at(CarePlan, plan_id, known_at=known_at)
    return Answer(CarePlanOut.of(plan), version=plan.version if known_at is None else None)


@router.patch("/{plan_id}", permission=Permission.CARE_PLANS_WRITE, response_model=CarePlanOut)
async def patch_plan(plan_id: str, body: CarePlanCorrectionsBody, run: Run) -> Answer:
    """Change a plan, or end it; cases that have come up stay."""
    command = ChangePlan(plan_id=plan_id, **body.fields())
    plan = await run(change_plan, command, subject=plan_id, require_match=True, locks=[plan_id])
    return Answer(CarePlanOut.of(plan), version=plan.version)


@router.get("/{plan_id}/history", permission=Permission.CARE_READ, response_model=Page[Change])
async def get_plan_history(plan_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first."""
    return Answer(await read.history(CarePlan, plan_id, page))
