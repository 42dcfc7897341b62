"""The plan for an institution: one document, `draft → active → closed`, and a draft again for the next period."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from chassis.aggregate import Entity
from chassis.ids import tail
from chassis.refusals import Conflict, Violation
from contracts.events.customer import (
    AccountPlanChanged,
    AccountPlanState,
    KeyContactState,
    ObjectiveState,
    PresentCompetitorState,
)
from contracts.ids import AccountId, ContactId, EmployeeId, ProductId
from contracts.personal import Personal
from pydantic import Field

from customer.papers import Paper, followers
from customer.texts import LongNote, ShortText

MAX_OBJECTIVES, MAX_KEY_CONTACTS, MAX_COMPETITORS = 30, 50, 50


class PlanStatus(StrEnum):
    """Where a plan stands; nothing of a closed one changes."""

    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


class ObjectiveStatus(StrEnum):
    """What has become of an objective."""

    OPEN = "open"
    REACHED = "reached"
    MISSED = "missed"


class Stance(StrEnum):
    """What a key contact is to us."""

    SUPPORTER = "supporter"
    NEUTRAL = "neutral"
    OPPONENT = "opponent"


class Presence(StrEnum):
    """How strong a competitor is there."""

    WEAK = "weak"
    EQUAL = "equal"
    LEADING = "leading"


NEXT: dict[PlanStatus, frozenset[PlanStatus]] = {
    PlanStatus.DRAFT: frozenset({PlanStatus.DRAFT, PlanStatus.ACTIVE, PlanStatus.CLOSED}),
    PlanStatus.ACTIVE: frozenset({PlanStatus.ACTIVE, PlanStatus.CLOSED}),
    PlanStatus.CLOSED: frozenset({PlanStatus.DRAFT}),
}
"""Where each state may lead; after a closed plan the next one begins as a draft."""


class IllegalPlanStep(Conflict):
    """The plan has no such step."""

    code = "illegal_transition"
    title = "The plan has no such step"


class Objective(Entity):
    """Something to be reached by a day; measured in units of `measure` when there is a target."""

    text: Annotated[LongNote | None, Personal] = None
    measure: ShortText | None = None
    target: int | None = Field(default=None, ge=0, le=10**12)
    due_on: date | None = None
    status: ObjectiveStatus = ObjectiveStatus.OPEN


class KeyContact(Entity):
    """Somebody who matters there."""

    contact_id: ContactId
    stance: Stance = Stance.NEUTRAL


class PresentCompetitor(Entity):
    """Somebody else's product there, by our own catalogue or by its name."""

    manufacturer: ShortText
    product_id: ProductId | None = None
    product: ShortText | None = None
    presence: Presence = Presence.EQUAL
    share: int | None = Field(default=None, ge=0, le=100)
    """Estimated, per cent."""


def plan_id(account_id: AccountId) -> str:
    """The id of an institution's plan: always the same."""
    return f"apl_{tail(account_id)}"


class AccountPlan(Paper, kind="account-plan", collection="account_plans", prefix="apl"):
    """What is to be reached at an institution. Words stay in the store: they may speak of people."""

    status: PlanStatus = PlanStatus.DRAFT
    period_from: date | None = None
    period_to: date | None = None
    objectives: list[Objective] = Field(default_factory=list[Objective])
    key_contacts: list[KeyContact] = Field(default_factory=list[KeyContact])
    competitors: list[PresentCompetitor] = Field(default_factory=list[PresentCompetitor])
    author_id: EmployeeId | None = None
    created_at: datetime

    def rewrite(self, facts: Mapping[str, Any], status: PlanStatus) -> None:
        """Replace what is planned. Raises: IllegalPlanStep."""
        if status not in NEXT[self.status]:
            raise IllegalPlanStep(from_status=self.status.value, to_status=status.value)
        for name, value in facts.items():
            setattr(self, name, value)
        self.status = status

    def broken_rules(self) -> Iterator[Violation]:
        """What is wrong with the plan."""
        if self.status is PlanStatus.ACTIVE and not self.objectives:
            yield Violation("objectives_missing", "an active plan has something to reach", "objectives")
        if self.period_from and self.period_to and self.period_to <= self.period_from:
            yield Violation("period_ends_before_start", "the period ends after it begins", "period_to")
        for position, objective in enumerate(self.objectives):
            if objective.text is None:
                yield Violation(
                    "objective_without_words", "an objective says what is to be reached", f"objectives[{position}].text"
                )
        contacts = [one.contact_id for one in self.key_contacts]
        for position, contact_id in enumerate(contacts):
            if contact_id in contacts[:position]:
                yield Violation(
                    "duplicate_key_contact", "a contact is named once", f"key_contacts[{position}].contact_id"
                )
        for position, rival in enumerate(self.competitors):
            if rival.product_id is None and rival.product is None:
                yield Violation(
                    "competitor_without_product", "name the product or its id", f"competitors[{position}].product"
                )

    def changed(self) -> AccountPlanChanged:
        """The event of a change."""
        return AccountPlanChanged(
            plan=AccountPlanState(
                plan_id=self.id,
                account_id=self.account_id,
                status=self.status.value,
                period_from=self.period_from,
                period_to=self.period_to,
                objectives=[
                    ObjectiveState(measure=one.measure, target=one.target, due_on=one.due_on, status=one.status.value)
                    for one in self.objectives
                ],
                key_contacts=[
                    KeyContactState(contact_id=one.contact_id, stance=one.stance.value) for one in self.key_contacts
                ],
                competitors=[
                    PresentCompetitorState(**{**dict(one), "presence": one.presence.value}) for one in self.competitors
                ],
            )
        )


PLANS = followers(AccountPlan)
