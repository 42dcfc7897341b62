"""`/locations`: places of stock in the caller's scope."""

from chassis.http import Answer, Page, PageArgs, Read, Router
from contracts.ids import AccountId, EmployeeId, LocationId, UnitId
from contracts.roles import Permission
from contracts.values import LocationKind
from pydantic import BaseModel

from promotion.locations.model import Location

router = Router(prefix="/locations", tags=["stock"])


class LocationOut(BaseModel):
    """A place of stock."""

    id: LocationId
    kind: LocationKind
    name: str
    unit_id: UnitId | None
    employee_id: EmployeeId | None
    account_id: AccountId | None
    version: int

    @classmethod
    def of(cls, location: Location) -> "LocationOut":
        """The resource of an aggregate."""
        return cls(
            id=location.id,
            kind=location.kind,
            name=location.name,
            unit_id=location.unit_id,
            employee_id=location.employee_id,
            account_id=location.account_id,
            version=location.version,
        )


@router.get("", permission=Permission.STOCK_READ, response_model=Page[LocationOut])
async def list_locations(
    read: Read,
    page: PageArgs,
    kind: LocationKind | None = None,
    unit_id: UnitId | None = None,
    employee_id: EmployeeId | None = None,
    account_id: AccountId | None = None,
) -> Answer:
    """Places, optionally of one kind, unit, employee or institution."""
    filters = (("kind", kind), ("unit_id", unit_id), ("employee_id", employee_id), ("account_id", account_id))
    where = {name: value for name, value in filters if value is not None}
    return Answer(await read.page(Location, where, page, sortable={"name", "kind"}, out=LocationOut.of))
