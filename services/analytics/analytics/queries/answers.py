"""What the answers look like; every one says how it was reckoned and up to when it is complete."""

from datetime import date, datetime
from typing import Any

from contracts.ids import AccountId, ContactId, EmployeeId, LotId, MaterialId, ProductId, UnitId, VisitId
from contracts.values import Reaction, VisitState
from pydantic import BaseModel, ConfigDict, Field

from analytics.marts.freshness import Freshness


class FreshnessOut(BaseModel):
    """`lag` is the number of records on the topics that are not applied yet; null while that is unknown."""

    as_of: datetime | None
    lag: int | None
    last_event_at: datetime | None


class TopicFreshnessOut(FreshnessOut):
    """One topic."""

    topic: str


class FreshnessReport(FreshnessOut):
    """All topics."""

    topics: list[TopicFreshnessOut]


class Reckoned(BaseModel):
    """`as_of` is the instant up to which the marts hold everything that was on the topics; null while that is unknown."""

    as_of: datetime | None
    formula: dict[str, str]
    freshness: FreshnessOut


class VisitFigure(BaseModel):
    """One combination of the dimensions asked for; only their columns are present."""

    model_config = ConfigDict(extra="forbid")

    unit_id: UnitId | None = None
    unit: str | None = None
    month: str | None = Field(default=None, description="YYYY-MM")
    week: str | None = Field(default=None, description="ISO 8601 week: YYYY-Www")
    day: str | None = Field(default=None, description="YYYY-MM-DD")
    product_id: ProductId | None = None
    product: str | None = None
    account_id: AccountId | None = None
    account: str | None = None
    employee_id: EmployeeId | None = None
    employee: str | None = Field(default=None, description="user name")
    grade: str | None = None
    kind: str | None = None
    visits: int
    contacts_reached: int
    materials_dropped: int


class Coverage(BaseModel):
    """`counted` of the `held` visits are in the figures; `share` is null when none was held."""

    held: int
    counted: int
    share: float | None


class VisitFigures(Reckoned):
    """Figures of visits."""

    items: list[VisitFigure]
    next: str | None
    coverage: Coverage


class DetailedOut(BaseModel):
    """A product spoken about."""

    product_id: ProductId
    reaction: Reaction | None


class DroppedOut(BaseModel):
    """Units of a lot left with a contact."""

    lot_id: LotId
    material_id: MaterialId | None
    product_id: ProductId | None
    contact_id: ContactId
    quantity: int


class VisitRow(BaseModel):
    """A visit behind the figures, with what it adds to them."""

    visit_id: VisitId
    visited_on: date
    state: VisitState
    unit_id: UnitId
    unit: str | None
    account_id: AccountId
    account: str | None
    employee_id: EmployeeId
    employee: str | None
    visits: int
    contacts_reached: int
    materials_dropped: int
    attendees: list[ContactId]
    products: list[DetailedOut]
    materials: list[DroppedOut]


class VisitRows(Reckoned):
    """Visits behind the figures, by date."""

    items: list[VisitRow]
    next: str | None


class AccountSummary(Reckoned):
    """What happened at an institution in a half-open period of business dates."""

    account_id: AccountId
    from_: date = Field(alias="from")
    to: date
    visits: int
    contacts_reached: int
    materials_dropped: int
    last_visit_on: date | None


class ContentHash(BaseModel):
    """Fingerprints of all marts and of each table; a rebuild from zero gives the same, as long as nothing new came."""

    hash: str
    tables: dict[str, str]
    freshness: FreshnessOut


def shown(freshness: Freshness) -> dict[str, Any]:
    """Freshness as answers carry it."""
    return {"as_of": freshness.as_of, "lag": freshness.lag, "last_event_at": freshness.last_event_at}


def reckoned(freshness: Freshness, formula: dict[str, str]) -> dict[str, Any]:
    """What every answer with figures ends with."""
    return {"as_of": freshness.as_of, "formula": formula, "freshness": shown(freshness)}
