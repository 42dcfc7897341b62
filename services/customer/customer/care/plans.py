"""A care plan: whom the company cares for, on which days of every year."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.refusals import Conflict, Violation
from contracts.events.customer import CareOccasionState, CarePlanChanged, CarePlanState
from contracts.ids import EmployeeId, UnitId
from contracts.values import AccountKind, Grade, Tier
from pydantic import Field

from customer.about import SubjectKind
from customer.texts import Name, ShortText

MAX_OCCASIONS = 24
LONGEST_LEAD = 60
_LEAP_YEAR = 2028


class CarePlanStatus(StrEnum):
    """Whether occasions come from it; one that has ended stays ended."""

    ACTIVE = "active"
    ENDED = "ended"


class PlanEnded(Conflict):
    """Nothing of a plan that has ended changes."""

    code = "plan_ended"
    title = "The care plan has ended"


class Occasion(Entity):
    """A day of every year: a festival (`month`, `day`), a month (its first day), or, without either, the day on which
    each was registered. Birthdays are personal and not kept.

    Cases come up `lead_days` ahead and are due on the day.
    """

    name: ShortText
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    lead_days: Annotated[int, Field(ge=0, le=LONGEST_LEAD)] = 7

    @property
    def is_anniversary(self) -> bool:
        """True when each has its own day."""
        return self.month is None

    def date_in(self, year: int, registered: date | None = None) -> date | None:
        """The day in a year: of an anniversary, none before the first has passed. 29 February is the 28th elsewhere."""
        if self.month is not None:
            return _on(year, self.month, self.day or 1)
        if registered is None or year <= registered.year:
            return None
        return _on(year, registered.month, registered.day)


class Segment(Entity):
    """Whom a plan is for, within a unit; an empty list stands for everything."""

    unit_id: UnitId
    kinds: Annotated[list[AccountKind], Field(max_length=len(AccountKind))] = Field(default_factory=list[AccountKind])
    grades: Annotated[list[Grade], Field(max_length=len(Grade))] = Field(default_factory=list[Grade])
    specialties: Annotated[list[ShortText], Field(max_length=50)] = Field(default_factory=list[str])
    tiers: Annotated[list[Tier], Field(max_length=len(Tier))] = Field(default_factory=list[Tier])
    """By the active score model, on the day that the case comes up."""


class CarePlan(Aggregate, kind="care-plan", collection="care_plans", prefix="cpl"):
    """Whom the company cares for, and when."""

    INDEXES: ClassVar[list[Index]] = [Index([("status", 1)])]

    name: Name
    subject: SubjectKind
    segment: Segment
    occasions: list[Occasion]
    status: CarePlanStatus = CarePlanStatus.ACTIVE
    author_id: EmployeeId | None
    created_at: datetime

    def broken_rules(self) -> Iterator[Violation]:
        """What is wrong with the plan."""
        of_the_other = {SubjectKind.ACCOUNT: ("specialties",), SubjectKind.CONTACT: ("kinds", "grades")}
        for name in of_the_other[self.subject]:
            if getattr(self.segment, name):
                yield Violation("not_of_subject", f"a {self.subject.value} has none of these", f"segment.{name}")
        names: set[str] = set()
        for position, occasion in enumerate(self.occasions):
            here = f"occasions[{position}]"
            if occasion.name in names:
                yield Violation("duplicate_occasion", "two occasions have the same name", f"{here}.name")
            names.add(occasion.name)
            if occasion.day is not None and occasion.month is None:
                yield Violation("day_without_month", "a day is one of a month", f"{here}.day")
            elif occasion.month and occasion.day and not _is_date(occasion.month, occasion.day):
                yield Violation("no_such_day", "the month has no such day", f"{here}.day")

    def rewrite(self, facts: dict[str, Any]) -> None:
        """Overwrite what the plan says. Raises: PlanEnded."""
        if self.status is CarePlanStatus.ENDED:
            raise PlanEnded
        for name, value in facts.items():
            setattr(self, name, value)

    def changed(self) -> CarePlanChanged:
        """The event of a change."""
        segment = self.segment
        return CarePlanChanged(
            plan=CarePlanState(
                plan_id=self.id,
                name=self.name,
                status=self.status.value,
                subject=self.subject.value,
                unit_id=segment.unit_id,
                kinds=[one.value for one in segment.kinds],
                grades=[one.value for one in segment.grades],
                specialties=segment.specialties,
                tiers=[one.value for one in segment.tiers],
                occasions=[CareOccasionState(**dict(one)) for one in self.occasions],
            )
        )


def _is_date(month: int, day: int) -> bool:
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, day) if (month, day) != (2, 29) or _is_leap(year) else date(year, 2, 28)


def _is_leap(year: int) -> bool:
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
