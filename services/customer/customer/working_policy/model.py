"""The one policy of the company."""

from datetime import date
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.work import UnitOfWork
from contracts.events.customer import WorkingPolicyChanged, WorkingPolicyState
from pydantic import Field, StringConstraints

from customer.working_policy.workdays import after_workdays

POLICY_ID = "wpo_company"
MAX_DAYS_NAMED = 400

Workdays = Annotated[int, Field(ge=0, le=60)]
"""Working days until something is due; 0: on the same day."""
Days = Annotated[list[date], Field(max_length=MAX_DAYS_NAMED)]
SubjectField = Annotated[str, StringConstraints(pattern=r"^(account|contact)\.[a-z_]{1,40}$")]


class CareDays(Entity):
    """Working days until a case of each kind is to be answered."""

    inquiry: Workdays = 3
    complaint: Workdays = 1
    occasion: Workdays = 5


class Acceptance(Entity):
    """When a change request is accepted without a person: who has been right so far is believed.

    Accuracy is accepted ÷ judged fields of the proposer within the last `window_days`, both counted in verdicts of
    persons; below `minimum_judged` there is none. `fields` (`account.beds`) are those that may change so.
    """

    enabled: bool = False
    window_days: Annotated[int, Field(ge=1, le=3650)] = 180
    minimum_judged: Annotated[int, Field(ge=1, le=10_000)] = 20
    minimum_per_cent: Annotated[int, Field(ge=50, le=100)] = 95
    fields: Annotated[list[SubjectField], Field(max_length=100)] = Field(default_factory=list[str])


class WorkingPolicy(Aggregate, kind="working-policy", collection="working_policies", prefix="wpo"):
    """Days until things are due, days that are not worked, and the rule of acceptance; everybody may know it."""

    INDEXES: ClassVar[list[Index]] = []

    request_days: Workdays = 3
    care_days: CareDays = Field(default_factory=CareDays)
    holidays: Days = Field(default_factory=list[date])
    workdays: Days = Field(default_factory=list[date])
    """Days of weekends that are worked."""
    acceptance: Acceptance = Field(default_factory=Acceptance)

    def due(self, start: date, workdays: int) -> date:
        """The working day by which something that began on `start` is due."""
        return after_workdays(start, workdays, holidays=set(self.holidays), workdays=set(self.workdays))

    def changed(self) -> WorkingPolicyChanged:
        """The event of a change."""
        rule = self.acceptance
        return WorkingPolicyChanged(
            policy=WorkingPolicyState(
                request_days=self.request_days,
                care_days=self.care_days.model_dump(),
                holidays=self.holidays,
                workdays=self.workdays,
                acceptance_enabled=rule.enabled,
                acceptance_window_days=rule.window_days,
                acceptance_minimum_judged=rule.minimum_judged,
                acceptance_minimum_per_cent=rule.minimum_per_cent,
                acceptance_fields=rule.fields,
            )
        )


async def policy_of(work: UnitOfWork) -> WorkingPolicy:
    """The policy as it is; before one was set, that of the defaults."""
    found = await work.survey(WorkingPolicy, {"_id": POLICY_ID})
    return found[0] if found else WorkingPolicy(id=POLICY_ID)
