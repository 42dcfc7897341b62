"""Check out of the institution."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId
from contracts.values import GeoPoint
from pydantic import AwareDatetime, Field

from visits.visits.author import acting_author
from visits.visits.entities import Fix
from visits.visits.model import Visit, VisitState
from visits.visits.rules import device_time, not_before


class CheckOutVisit(Command):
    """Leave at `at` by the device's clock; the point may be missing, then all of it."""

    visit_id: str
    at: AwareDatetime
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    employee_id: EmployeeId | None = None


async def check_out_visit(command: CheckOutVisit, work: UnitOfWork) -> Visit:
    """The visit, checked out. Raises: NotFound, NotTheAuthor, IllegalTransition; 422 for a time out of order."""
    visit = await work.get(Visit, command.visit_id)
    visit.require_author(acting_author(work.principal, command.employee_id))
    visit.require_state("check_out", VisitState.CHECKED_IN)
    work.collect(device_time("at", command.at, work.now))
    work.collect(not_before("out_before_in", "at", command.at, visit.checked_in_at))
    if (command.lat is None) != (command.lon is None):
        missing = "lat" if command.lat is None else "lon"
        work.violate(missing, "incomplete_point", "a point has both a latitude and a longitude")
    work.check()

    fix = None
    if command.lat is not None and command.lon is not None:
        fix = Fix(point=GeoPoint(lat=command.lat, lon=command.lon), accuracy_m=command.accuracy_m or 0)
    work.save(visit, visit.check_out(at=command.at, fix=fix, now=work.now))
    return visit
