"""HTTP of the working policy. There is one; before it is set it is that of the defaults, of version 0."""

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change, Reads
from pydantic import Field

from customer.working_policy.model import POLICY_ID, Acceptance, CareDays, WorkingPolicy
from customer.working_policy.set_policy import PolicyFacts, SetPolicy, set_policy

router = Router(prefix="/working-policy", tags=["working policy"])


class CareDaysBody(CareDays, Body):
    """Working days until a case of each kind is to be answered."""


class AcceptanceBody(Acceptance, Body):
    """When a change request is accepted without a person."""


class PolicyBody(PolicyFacts, Body):
    """The whole policy; what is left out has its default."""

    care_days: CareDaysBody = Field(default_factory=CareDaysBody)
    acceptance: AcceptanceBody = Field(default_factory=AcceptanceBody)


class PolicyOut(PolicyFacts):
    """The policy that the company works by."""

    version: int

    @classmethod
    def of(cls, policy: WorkingPolicy) -> "PolicyOut":
        """The answer for a policy."""
        return cls(**{name: getattr(policy, name) for name in cls.model_fields})


@router.get("", permission=Permission.WORKING_POLICY_READ, response_model=PolicyOut)
async def get_policy(read: Read) -> Answer:
    """The policy as it is."""
    policy = await _present(read)
    return Answer(PolicyOut.of(policy), version=policy.version)


@router.put("", permission=Permission.WORKING_POLICY_WRITE, response_model=PolicyOut)
async def put_policy(body: PolicyBody, run: Run) -> Answer:
    """Set the policy; `If-Match` names the version that was read, `"0"` before there is one."""
    command = SetPolicy(expected=run.required_match(), **body.fields())
    policy = await run(set_policy, command, subject=POLICY_ID, locks=[POLICY_ID])
    return Answer(PolicyOut.of(policy), version=policy.version)


@router.get("/history", permission=Permission.WORKING_POLICY_READ, response_model=Page[Change])
async def get_policy_history(read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first; for who sees the whole company, once a policy was set."""
    return Answer(await read.history(WorkingPolicy, POLICY_ID, page))


async def _present(read: Reads) -> WorkingPolicy:
    policy = await read.directory(WorkingPolicy, {"_id": POLICY_ID})
    return policy or WorkingPolicy(id=POLICY_ID)
