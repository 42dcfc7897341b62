"""What can be asked about visits: a period, filters, and the dimensions to group by."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import orjson
from chassis.refusals import RuleBroken

NO_PRODUCT = "none"
"""Asks for what belongs to no product: visits that detailed none, materials that promote none."""


class Dimension(StrEnum):
    """What figures can be grouped by. Unit is the one a visit is credited to; grade and kind are the institution's of today."""

    UNIT = "unit"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    PRODUCT = "product"
    ACCOUNT = "account"
    EMPLOYEE = "employee"
    GRADE = "grade"
    KIND = "kind"


class PeriodEndsBeforeItStarts(RuleBroken):
    """`to` lies before `from`."""

    code = "period_ends_before_it_starts"
    title = "The period ends before it starts"


@dataclass(frozen=True)
class Filters:
    """Which visits are meant. The period is half-open: from `start` until before `end`, business dates; None = unbounded.

    `within_unit_id` is a unit with everything below it, `unit_id` the credited unit itself.

    Raises: PeriodEndsBeforeItStarts.
    """

    start: date | None = None
    end: date | None = None
    unit_id: str | None = None
    within_unit_id: str | None = None
    account_id: str | None = None
    employee_id: str | None = None
    product_id: str | None = None
    grade: str | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise PeriodEndsBeforeItStarts(f"{self.end} lies before {self.start}", field="to")


@dataclass(frozen=True)
class Question:
    """Figures of the visits that `filters` mean, one row for each combination of `by`, or a single total."""

    filters: Filters = Filters()
    by: tuple[Dimension, ...] = ()

    @property
    def by_product(self) -> bool:
        """True when figures are told apart by product, as group or as filter."""
        return Dimension.PRODUCT in self.by or self.filters.product_id is not None

    @property
    def mark(self) -> str:
        """What a cursor of this question carries, so that it fits no other."""
        return hashlib.sha256(orjson.dumps(self)).hexdigest()[:12]


def read_dimensions(text: str) -> tuple[Dimension, ...]:
    """`unit,month` as dimensions in that order.

    Raises: ValueError for an unknown or a repeated one.
    """
    names = [name.strip() for name in text.split(",")] if text.strip() else []
    known = [dimension.value for dimension in Dimension]
    if any(name not in known for name in names):
        raise ValueError(f"group by any of {', '.join(known)}, separated by commas")
    if len(set(names)) < len(names):
        raise ValueError("name each dimension once")
    return tuple(Dimension(name) for name in names)
