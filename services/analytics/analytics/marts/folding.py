"""From events to rows: pure, no engine. Rows depend on one aggregate's own events only, never on what another topic has
already said; so any order between aggregates gives the same marts, and a rebuild gives them again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountFactsBegan,
    AccountMerged,
    AccountRealigned,
    AccountRegraded,
    AccountReparented,
    AccountStageChanged,
    AccountState,
    AccountUnmerged,
    AffiliationCancelled,
    AffiliationCorrected,
    ConsentChanged,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactErased,
    ContactLeft,
    ContactMerged,
    ContactMoved,
    ContactRoleChanged,
    ContactState,
    ContactStatusChanged,
    ContactUnmerged,
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitPathChanged,
    UnitRenamed,
    UnitState,
)
from contracts.events.promotion import (
    LocationOpened,
    LocationState,
    LotCreated,
    LotState,
    MaterialCreated,
    MaterialState,
    ProductCreated,
    ProductState,
    StockMoved,
)
from contracts.events.visits import (
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitConfirmed,
    VisitContactsChanged,
    VisitPlanned,
    VisitReported,
    VisitReturned,
    VisitSnapshot,
    VisitSubmitted,
)

from analytics.marts.schema import (
    DIM_ACCOUNT,
    DIM_CONTACT,
    DIM_EMPLOYEE,
    DIM_LOCATION,
    DIM_LOT,
    DIM_MATERIAL,
    DIM_PRODUCT,
    DIM_UNIT,
    FACT_STOCK_MOVEMENT,
    FACT_VISIT,
    Mart,
)

Row = tuple[Any, ...]


class Unfoldable(ValueError):
    """The event fits its schema and still makes no row."""


@dataclass
class Changes:
    """What a batch of records does to the marts. `rows` replace the row of their key, `versions` and `legs` are added."""

    rows: dict[Mart, dict[str, Row]] = field(default_factory=dict[Mart, dict[str, Row]])
    versions: dict[Mart, list[Row]] = field(default_factory=dict[Mart, list[Row]])
    legs: list[Row] = field(default_factory=list[Row])


def fold(records: Iterable[tuple[Envelope, Event]]) -> Changes:
    """Fold records, each the next of its aggregate.

    Raises: Unfoldable; then nothing of the batch is to be kept.
    """
    changes = Changes()
    for envelope, event in records:
        _place(changes, envelope, event)
    return changes


def _place(changes: Changes, envelope: Envelope, event: Event) -> None:
    found = _FOLDS.get(type(event))
    if found is None:
        return
    mart, values = found
    row: Row = (*values(event), envelope.sequence, _naive(envelope.time))
    if row[0] != envelope.subject:
        raise Unfoldable("the event speaks of another aggregate than its subject")
    if mart is FACT_STOCK_MOVEMENT:
        changes.legs.append(row)
        return
    changes.rows.setdefault(mart, {})[row[0]] = row
    if mart.history:
        changes.versions.setdefault(mart, []).append(row)


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def _unit(unit: UnitState) -> Row:
    return (unit.unit_id, unit.name, unit.kind.value, unit.parent_id, unit.path)


def _employee(employee: EmployeeState) -> Row:
    return (
        employee.employee_id,
        employee.username,
        [role.value for role in employee.roles],
        employee.unit_id,
        employee.unit_path,
        employee.valid_from,
        employee.valid_to,
    )


def _account(account: AccountState) -> Row:
    return (
        account.account_id,
        account.name,
        account.kind.value,
        account.grade.value,
        account.division_code,
        account.beds,
        account.outpatient_visits,
        account.unit_id,
        account.unit_path,
        account.stage.value,
        [
            {
                "department_id": department.department_id,
                "name": department.name,
                "specialty": department.specialty,
                "outpatient_visits": department.outpatient_visits,
                "discharges": department.discharges,
            }
            for department in account.departments
        ],
        [{"line": stamp.line, "path": stamp.path} for stamp in account.stamps],
        account.survivor_of,
    )


def _contact(contact: ContactState) -> Row:
    return (
        contact.contact_id,
        contact.title,
        contact.specialty,
        [
            {
                "affiliation_id": affiliation.affiliation_id,
                "account_id": affiliation.account_id,
                "department_id": affiliation.department_id,
                "role": affiliation.role,
                "is_primary": affiliation.primary,
                "valid_from": affiliation.valid_from,
                "valid_to": affiliation.valid_to,
            }
            for affiliation in contact.affiliations
        ],
    )


def _product(product: ProductState) -> Row:
    return (product.product_id, product.name, product.line, product.manufacturer, product.own)


def _material(material: MaterialState) -> Row:
    value = material.unit_value
    return (
        material.material_id,
        material.name,
        material.class_.value,
        value.amount,
        value.currency,
        material.product_id,
    )


def _lot(lot: LotState) -> Row:
    return (lot.lot_id, lot.material_id, lot.number, lot.expires_on)


def _location(place: LocationState) -> Row:
    return (place.location_id, place.kind.value, place.name, place.unit_id, place.employee_id, place.account_id)


def _visit(visit: VisitSnapshot) -> Row:
    return (
        visit.visit_id,
        visit.account_id,
        visit.employee_id,
        visit.credited_unit_id,
        visit.credited_path,
        visit.state.value,
        visit.attempt,
        _naive(visit.planned_at),
        visit.visited_on,
        _naive(visit.checked_in_at),
        _naive(visit.checked_out_at),
        list(visit.contact_ids),
        list(visit.attendees),
        [
            {"product_id": product.product_id, "reaction": product.reaction.value if product.reaction else None}
            for product in visit.products
        ],
        [{"lot_id": line.lot_id, "contact_id": line.contact_id, "quantity": line.quantity} for line in visit.materials],
    )


def _leg(moved: StockMoved) -> Row:
    balance = moved.balance
    return (
        balance.balance_id,
        moved.movement_id,
        moved.kind.value,
        moved.quantity,
        _naive(moved.at),
        moved.visit_id,
        moved.contact_id,
        balance.material_id,
        balance.lot_id,
        balance.location_id,
        balance.location_kind.value,
        balance.on_hand,
        balance.available,
    )


_Values = Callable[[Any], Row]

_CONTACT_EVENTS: tuple[type[Event], ...] = (
    ContactCreated,
    ContactCorrected,
    ContactMoved,
    ContactAffiliated,
    ContactLeft,
    ContactMerged,
    ContactUnmerged,
    ContactRoleChanged,
    AffiliationCorrected,
    AffiliationCancelled,
    ContactStatusChanged,
    ConsentChanged,
    ContactErased,
)

_FOLDS: dict[type[Event], tuple[Mart, _Values]] = {
    **dict.fromkeys(
        (UnitCreated, UnitRenamed, UnitMoved, UnitPathChanged, UnitClosed), (DIM_UNIT, lambda event: _unit(event.unit))
    ),
    **dict.fromkeys((EmployeeHired, EmployeeReassigned), (DIM_EMPLOYEE, lambda event: _employee(event.employee))),
    **dict.fromkeys(
        (
            AccountCreated,
            AccountCorrected,
            AccountRealigned,
            AccountMerged,
            AccountUnmerged,
            AccountStageChanged,
            AccountRegraded,
            AccountReparented,
            AccountFactsBegan,
        ),
        (DIM_ACCOUNT, lambda event: _account(event.account)),
    ),
    **dict.fromkeys(_CONTACT_EVENTS, (DIM_CONTACT, lambda e: _contact(e.contact))),
    ProductCreated: (DIM_PRODUCT, lambda event: _product(event.product)),
    MaterialCreated: (DIM_MATERIAL, lambda event: _material(event.material)),
    LotCreated: (DIM_LOT, lambda event: _lot(event.lot)),
    LocationOpened: (DIM_LOCATION, lambda event: _location(event.location)),
    **dict.fromkeys(
        (
            VisitPlanned,
            VisitContactsChanged,
            VisitCheckedIn,
            VisitCheckedOut,
            VisitReported,
            VisitSubmitted,
            VisitConfirmed,
            VisitReturned,
            VisitCancelled,
        ),
        (FACT_VISIT, lambda event: _visit(event.visit)),
    ),
    StockMoved: (FACT_STOCK_MOVEMENT, _leg),
}

TOPICS: tuple[str, ...] = tuple(sorted({event.TOPIC for event in _FOLDS}))
"""What the marts are built from, without the installation's topic prefix."""
