"""Set the policy of the company."""

from chassis.command import Command
from chassis.refusals import Stale
from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict, Field

from customer.attributes.model import EVERYBODY
from customer.change_requests.proposals import MAY_BE_ACCEPTED_BY_RULE
from customer.working_policy.model import POLICY_ID, Acceptance, CareDays, Days, Workdays, WorkingPolicy


class PolicyFacts(BaseModel):
    """The whole policy; what is left out has its default."""

    model_config = ConfigDict(extra="forbid")

    request_days: Workdays = 3
    care_days: CareDays = Field(default_factory=CareDays)
    holidays: Days = Field(default_factory=list)
    workdays: Days = Field(default_factory=list)
    acceptance: Acceptance = Field(default_factory=Acceptance)


class SetPolicy(PolicyFacts, Command):
    """Replace the policy; `expected` is the version that was read, 0 for none yet, None for whichever there is."""

    expected: int | None = None


async def set_policy(command: SetPolicy, work: UnitOfWork) -> WorkingPolicy:
    """The policy afterwards; nothing is recorded when nothing changes. Raises: Stale, RuleBroken."""
    found = await work.survey(WorkingPolicy, {"_id": POLICY_ID})
    policy = found[0] if found else WorkingPolicy(id=POLICY_ID, visible=EVERYBODY)
    if command.expected is not None and command.expected != policy.version:
        raise Stale("the policy has been changed meanwhile", version=policy.version)
    for position, field in enumerate(command.acceptance.fields):
        if field not in MAY_BE_ACCEPTED_BY_RULE:
            work.violate(f"acceptance.fields[{position}]", "field_needs_a_person", "a person judges changes of it")
    for position, day in enumerate(command.workdays):
        if day in command.holidays:
            work.violate(f"workdays[{position}]", "both_holiday_and_workday", "a day is worked or it is not")
    work.check()
    before = policy.model_copy(deep=True)
    for name in PolicyFacts.model_fields:
        setattr(policy, name, getattr(command, name))
    policy.holidays, policy.workdays = sorted(set(policy.holidays)), sorted(set(policy.workdays))
    if not found:
        work.add(policy, policy.changed())
    elif policy != before:
        work.save(policy, policy.changed())
    return policy
