"""Write the plan for an institution."""

from datetime import date
from typing import Annotated

from chassis.command import Command
from chassis.refusals import Stale
from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict, Field

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.plans.model import (
    MAX_COMPETITORS,
    MAX_KEY_CONTACTS,
    MAX_OBJECTIVES,
    AccountPlan,
    KeyContact,
    Objective,
    PlanStatus,
    PresentCompetitor,
    plan_id,
)


class PlanFacts(BaseModel):
    """The whole plan; what is left out is empty."""

    model_config = ConfigDict(extra="forbid")

    status: PlanStatus = PlanStatus.DRAFT
    period_from: date | None = None
    period_to: date | None = None
    objectives: Annotated[list[Objective], Field(max_length=MAX_OBJECTIVES)] = Field(default_factory=list[Objective])
    key_contacts: Annotated[list[KeyContact], Field(max_length=MAX_KEY_CONTACTS)] = Field(
        default_factory=list[KeyContact]
    )
    competitors: Annotated[list[PresentCompetitor], Field(max_length=MAX_COMPETITORS)] = Field(
        default_factory=list[PresentCompetitor]
    )


class WritePlan(PlanFacts, Command):
    """Replace the plan; `expected` is the version that was read, 0 for none yet, None for whichever there is."""

    account_id: str
    expected: int | None = None


async def write_plan(command: WritePlan, work: UnitOfWork) -> AccountPlan:
    """The plan afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale, IllegalPlanStep; RuleBroken with every violation.
    """
    account = await work.get(Account, command.account_id)
    present = await work.find_one(AccountPlan, {"_id": plan_id(account.id)})
    if command.expected is not None and command.expected != (present.version if present else 0):
        raise Stale("the plan has been changed meanwhile", version=present.version if present else 0)
    plan = present or AccountPlan(
        id=plan_id(account.id), account_id=account.id, created_at=work.now, visible=account.visible
    )
    before = plan.model_copy(deep=True)
    facts = {name: getattr(command, name) for name in PlanFacts.model_fields if name != "status"}
    plan.rewrite(facts, command.status)
    work.collect(plan.broken_rules())
    for position, one in enumerate(plan.key_contacts):
        field = f"key_contacts[{position}].contact_id"
        contact = await work.reference(Contact, one.contact_id, field=field)
        known = one.contact_id in {key.contact_id for key in before.key_contacts}
        if contact is not None and not known and not _works_there(contact, account.id, work.today):
            work.violate(field, "contact_not_affiliated", "the contact does not work there")
    work.check()
    if present is None:
        await work.require(account)
        plan.author_id = work.principal.employee_id
        work.add(plan, plan.changed())
    elif plan != before:
        plan.author_id = work.principal.employee_id
        work.save(plan, plan.changed())
    return plan


def _works_there(contact: Contact, account_id: str, today: date) -> bool:
    return any(one.account_id == account_id for one in contact.lasting(today))
