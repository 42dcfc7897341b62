"""Events of the promotion service: products, promotional materials, stock and what visits take from it."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import (
    AccountId,
    BalanceId,
    ClearanceId,
    ContactId,
    DisbursementId,
    EmployeeId,
    LocationId,
    LotId,
    MaterialId,
    MovementId,
    ProductId,
    UnitId,
    VisitId,
)
from contracts.values import LocationKind, MaterialClass, Money


class ProductState(State):
    """A product, own or a competitor's."""

    product_id: ProductId
    name: str
    line: str
    manufacturer: str
    own: bool


class ProductCreated(Event, type="promotion.product-created.v1", topic="promotion.product"):
    """A product was registered."""

    product: ProductState


class MaterialState(State):
    """A promotional item; `product_id` is the product it promotes."""

    material_id: MaterialId
    name: str
    class_: MaterialClass = Field(alias="class")
    unit_value: Money
    product_id: ProductId | None = None


class MaterialCreated(Event, type="promotion.material-created.v1", topic="promotion.material"):
    """A promotional item was registered."""

    material: MaterialState


class LotState(State):
    """A lot (批号) of an item; usable until `expires_on` (inclusive)."""

    lot_id: LotId
    material_id: MaterialId
    number: str
    expires_on: date | None = None


class LotCreated(Event, type="promotion.lot-created.v1", topic="promotion.lot"):
    """A lot was registered."""

    lot: LotState


class LocationState(State):
    """A place of stock; a representative's belongs to an employee, a customer's to an institution."""

    location_id: LocationId
    kind: LocationKind
    name: str
    unit_id: UnitId | None = None
    employee_id: EmployeeId | None = None
    account_id: AccountId | None = None


class LocationOpened(Event, type="promotion.location-opened.v1", topic="promotion.location"):
    """A place that can hold stock was opened."""

    location: LocationState


class MovementKind(StrEnum):
    """Why stock moved."""

    RECEIPT = "receipt"
    TRANSFER = "transfer"
    DISBURSEMENT = "disbursement"


class StockBalanceState(State):
    """Stock of one lot at one location, in units. `available` = on hand − reserved."""

    balance_id: BalanceId
    material_id: MaterialId
    lot_id: LotId
    location_id: LocationId
    location_kind: LocationKind
    on_hand: int
    available: int


class StockMoved(Event, type="promotion.stock-moved.v1", topic="promotion.stock-balance"):
    """One leg of a movement: `quantity` (units, signed) was added to this balance. The legs of a movement sum to zero."""

    movement_id: MovementId
    kind: MovementKind
    quantity: int
    at: datetime
    visit_id: VisitId | None = None
    contact_id: ContactId | None = None
    balance: StockBalanceState


class DisbursementLine(State):
    """Units of a lot left with a contact in a visit."""

    lot_id: LotId
    contact_id: ContactId
    quantity: int


class DisbursementState(State):
    """What promotion decided of a visit's materials, by attempt."""

    disbursement_id: DisbursementId
    visit_id: VisitId
    attempt: int
    state: str


class DisbursementBooked(Event, type="promotion.disbursement-booked.v1", topic="promotion.disbursement"):
    """All materials of the visit's attempt were taken from the representative's stock."""

    disbursement: DisbursementState
    lines: list[DisbursementLine]


class RefusalReason(State):
    """Why a line was refused; `code` is stable, `detail` is for people. `line` counts the visit's materials from 0."""

    line: int | None = None
    code: str
    detail: str


class DisbursementRefused(Event, type="promotion.disbursement-refused.v1", topic="promotion.disbursement"):
    """Nothing was taken; the visit goes back to its author with the reasons."""

    disbursement: DisbursementState
    reasons: list[RefusalReason]


class StockClearanceState(State):
    """What promotion answers to the attempt number `attempt` to close an institution."""

    clearance_id: ClearanceId
    account_id: AccountId
    attempt: int
    clear: bool


class AccountClearedOfStock(Event, type="promotion.account-cleared.v1", topic="promotion.clearance"):
    """Nothing that stays the company's (displays) stands at the institution."""

    clearance: StockClearanceState


class AccountHeldByStock(Event, type="promotion.account-held.v1", topic="promotion.clearance"):
    """These balances are not zero; another answer follows when they are."""

    clearance: StockClearanceState
    balance_ids: list[BalanceId]
