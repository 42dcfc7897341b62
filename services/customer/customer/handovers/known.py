"""What other services have in the hands of employees, kept from their events."""

from typing import ClassVar

from chassis.aggregate import Index, Replica
from contracts.ids import AccountId, EmployeeId, LocationId, LotId, MaterialId


class OwnPlace(Replica, collection="own_places"):
    """The place of stock that an employee carries along."""

    INDEXES: ClassVar[list[Index]] = [Index([("employee_id", 1)])]

    employee_id: EmployeeId


class CarriedStock(Replica, collection="carried_stock"):
    """Units of a lot that an employee carries along."""

    INDEXES: ClassVar[list[Index]] = [Index([("location_id", 1)])]

    location_id: LocationId
    material_id: MaterialId
    lot_id: LotId
    on_hand: int


class OwnVisit(Replica, collection="own_visits"):
    """A visit of an employee that is not over; finished ones are forgotten."""

    INDEXES: ClassVar[list[Index]] = [Index([("employee_id", 1)])]

    employee_id: EmployeeId
    account_id: AccountId
