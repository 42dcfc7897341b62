"""HTTP of plans for institutions. There is one at each; before it is written it is an empty draft of version 0."""

from datetime import date, datetime
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change, Reads
from pydantic import BaseModel, Field

from customer.accounts.model import Account
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
from customer.plans.write_plan import PlanFacts, WritePlan, write_plan
from customer.timetravel import KnownAt

router = Router(prefix="/accounts/{account_id}/plan", tags=["accounts"])


class ObjectiveBody(Objective, Body):
    """Something to be reached."""


class KeyContactBody(KeyContact, Body):
    """Somebody who matters."""


class CompetitorBody(PresentCompetitor, Body):
    """Somebody else's product."""


class PlanBody(PlanFacts, Body):
    """The whole plan; what is left out is empty."""

    objectives: Annotated[list[ObjectiveBody], Field(max_length=MAX_OBJECTIVES)] = Field(
        default_factory=list[ObjectiveBody]
    )
    key_contacts: Annotated[list[KeyContactBody], Field(max_length=MAX_KEY_CONTACTS)] = Field(
        default_factory=list[KeyContactBody]
    )
    competitors: Annotated[list[CompetitorBody], Field(max_length=MAX_COMPETITORS)] = Field(
        default_factory=list[CompetitorBody]
    )


class PlanOut(BaseModel):
    """The plan for an institution; before it is written, an empty draft of version 0."""

    account_id: str
    status: PlanStatus
    period_from: date | None
    period_to: date | None
    objectives: list[Objective]
    key_contacts: list[KeyContact]
    competitors: list[PresentCompetitor]
    author_id: str | None
    created_at: datetime | None
    version: int

    @classmethod
    def of(cls, plan: AccountPlan) -> "PlanOut":
        """The answer for a plan."""
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=PlanOut)
async def get_plan(account_id: str, read: Read, known_at: KnownAt = None) -> Answer:
    """The plan as it is, or as it was known at an instant."""
    account = await read.get(Account, account_id)
    if known_at is not None:
        return Answer(PlanOut.of(await read.at(AccountPlan, plan_id(account.id), known_at=known_at)))
    plan = await _present(read, account)
    return Answer(PlanOut.of(plan), version=plan.version)


@router.put("", permission=Permission.ACCOUNT_PLANS_WRITE, response_model=PlanOut)
async def put_plan(account_id: str, body: PlanBody, run: Run) -> Answer:
    """Write the plan; `If-Match` names the version that was read, `"0"` before there is one."""
    match = run.required_match()
    command = WritePlan(account_id=account_id, expected=match, **body.fields())
    plan = await run(write_plan, command, subject=plan_id(account_id), locks=[plan_id(account_id)])
    return Answer(PlanOut.of(plan), version=plan.version)


@router.get("/history", permission=Permission.ACCOUNTS_READ, response_model=Page[Change])
async def get_plan_history(account_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first; words are named without their values."""
    account = await read.get(Account, account_id)
    if await read.find_one(AccountPlan, {"_id": plan_id(account.id)}) is None:
        return Answer({"items": [], "next": None})
    return Answer(await read.history(AccountPlan, plan_id(account.id), page))


async def _present(read: Reads, account: Account) -> AccountPlan:
    plan = await read.find_one(AccountPlan, {"_id": plan_id(account.id)})
    return plan or AccountPlan(id=plan_id(account.id), account_id=account.id, created_at=account.created_at)
