"""A place where stock can be. Each has one owner, and its id follows from the owner: it is opened once, whoever asks."""

from typing import ClassVar
from uuid import UUID, uuid5

from chassis.aggregate import Aggregate, Index
from contracts.events.promotion import LocationOpened, LocationState
from contracts.ids import AccountId, EmployeeId, LocationId, UnitId
from contracts.values import LocationKind, Stamp

_NAMESPACE = UUID("6f1c9c1e-6d0b-4b53-9a57-3f0a3f5f1c55")

RECEIVING = frozenset({LocationKind.WAREHOUSE, LocationKind.OFFICE})
"""Kinds of place that take goods from the supplier."""

CLOSED_TO_TRANSFERS = frozenset({LocationKind.SUPPLIER, LocationKind.CUSTOMER})
"""Kinds of place that stock reaches or leaves only by receipts and disbursements."""


def location_id(kind: LocationKind, owner_id: str) -> LocationId:
    """The id of the owner's place of that kind: always the same (UUIDv5 of both)."""
    return f"loc_{uuid5(_NAMESPACE, f'{kind}:{owner_id}').hex}"


SUPPLIER_ID: LocationId = location_id(LocationKind.SUPPLIER, "company")
"""The outside world that receipts come from; there is one, and it may go below zero."""


class Location(Aggregate, kind="location", collection="locations", prefix="loc"):
    """A place of stock; a representative's belongs to an employee, a customer's to an institution."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("kind", 1), ("name", 1)]),
        Index([("employee_id", 1)]),
        Index([("account_id", 1)]),
    ]

    kind: LocationKind
    name: str
    unit_id: UnitId | None = None
    employee_id: EmployeeId | None = None
    account_id: AccountId | None = None

    @classmethod
    def open(
        cls,
        kind: LocationKind,
        *,
        name: str,
        stamps: list[Stamp],
        unit_id: UnitId | None = None,
        employee_id: EmployeeId | None = None,
        account_id: AccountId | None = None,
    ) -> "tuple[Location, LocationOpened]":
        """A new place that is seen where `stamps` say and the event that says so; the owner gives it its id."""
        owner = "company" if kind is LocationKind.SUPPLIER else employee_id or account_id or unit_id
        if owner is None:
            raise ValueError("a location belongs to a unit, an employee or an institution")
        location = cls(
            id=location_id(kind, owner),
            kind=kind,
            name=name,
            unit_id=unit_id,
            employee_id=employee_id,
            account_id=account_id,
            visible=stamps,
        )
        return location, LocationOpened(location=location.state())

    @property
    def receives(self) -> bool:
        """True when goods from the supplier may arrive here."""
        return self.kind in RECEIVING

    @property
    def takes_transfers(self) -> bool:
        """True when stock may be moved here and away by hand."""
        return self.kind not in CLOSED_TO_TRANSFERS

    def move_to(self, *, name: str, unit_id: UnitId | None, stamps: list[Stamp]) -> bool:
        """Follow the owner through the organisation; False when nothing changes."""
        if (self.name, self.unit_id, self.visible) == (name, unit_id, stamps):
            return False
        self.name, self.unit_id, self.visible = name, unit_id, stamps
        return True

    def state(self) -> LocationState:
        """What events tell of it."""
        return LocationState(
            location_id=self.id,
            kind=self.kind,
            name=self.name,
            unit_id=self.unit_id,
            employee_id=self.employee_id,
            account_id=self.account_id,
        )
