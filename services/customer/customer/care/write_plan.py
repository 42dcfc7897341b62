"""Make a care plan, and change it."""

from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import Stamp
from pydantic import BaseModel, ConfigDict, Field

from customer.about import SubjectKind
from customer.care.plans import MAX_OCCASIONS, CarePlan, CarePlanStatus, Occasion, Segment
from customer.texts import Name, absent
from customer.units.model import Unit
from customer.units.tree import judge_unit

Occasions = Annotated[list[Occasion], Field(min_length=1, max_length=MAX_OCCASIONS)]


class CarePlanFacts(BaseModel):
    """A plan for a segment of a unit."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    subject: SubjectKind
    segment: Segment
    occasions: Occasions


class MakePlan(CarePlanFacts, Command):
    """Care for a segment from now on."""


class CarePlanCorrections(BaseModel):
    """What is sent changes; `occasions` replaces all of them. `ended`: no more occasions."""

    model_config = ConfigDict(extra="forbid")

    name: Name = absent()
    segment: Segment = absent()
    occasions: Occasions = absent()
    status: CarePlanStatus = absent()


class ChangePlan(CarePlanCorrections, Command):
    """Say a plan anew; cases that have come up stay."""

    plan_id: str


async def make_plan(command: MakePlan, work: UnitOfWork) -> CarePlan:
    """The plan. Raises: RuleBroken with every violation."""
    facts = {name: getattr(command, name) for name in CarePlanFacts.model_fields}
    plan = CarePlan(id=CarePlan.new_id(), author_id=work.principal.employee_id, created_at=work.now, **facts)
    await _judge(plan, work)
    work.add(plan, plan.changed())
    return plan


async def change_plan(command: ChangePlan, work: UnitOfWork) -> CarePlan:
    """The plan afterwards; nothing is recorded when nothing changes. Raises: NotFound, Stale, PlanEnded, RuleBroken."""
    plan = await work.get(CarePlan, command.plan_id)
    before = plan.model_copy(deep=True)
    plan.rewrite({name: getattr(command, name) for name in command.model_fields_set - {"plan_id"}})
    await _judge(plan, work)
    if plan != before:
        work.save(plan, plan.changed())
    return plan


async def _judge(plan: CarePlan, work: UnitOfWork) -> None:
    unit = await work.reference(Unit, plan.segment.unit_id, field="segment.unit_id")
    await judge_unit(work, unit, field="segment.unit_id", on=work.today)
    work.collect(plan.broken_rules())
    work.check()
    if unit is not None:
        plan.visible = [Stamp(path=unit.path)]
