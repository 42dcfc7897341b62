"""Events of the policy that the company works by."""

from datetime import date

from pydantic import Field

from contracts.events.base import Event, State


class WorkingPolicyState(State):
    """Working days until things are due, the days that are worked and are not beside the week, and when requests are
    accepted without a person."""

    request_days: int
    care_days: dict[str, int]
    holidays: list[date] = Field(default_factory=list[date])
    workdays: list[date] = Field(default_factory=list[date])
    acceptance_enabled: bool = False
    acceptance_window_days: int
    acceptance_minimum_judged: int
    acceptance_minimum_per_cent: int
    acceptance_fields: list[str] = Field(default_factory=list[str])


class WorkingPolicyChanged(Event, type="customer.working-policy-changed.v1", topic="customer.working-policy"):
    """The company works by another policy."""

    policy: WorkingPolicyState
