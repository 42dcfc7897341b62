"""Check in at the institution."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EmployeeId
from contracts.values import GeoPoint
from pydantic import AwareDatetime, Field

from visits.known.model import KnownAccount
from visits.known.survivors import survivor
from visits.settings import terms
from visits.visits.author import acting_author
from visits.visits.entities import Fix, PlacedFix
from visits.visits.model import Visit, VisitState
from visits.visits.rules import LOOK_BACK, device_time


class CheckInVisit(Command):
    """Arrive at `at` by the device's clock, at a point in WGS 84 with its uncertainty in metres."""

    visit_id: str
    at: AwareDatetime
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float = Field(ge=0, le=100_000, allow_inf_nan=False)
    employee_id: EmployeeId | None = None


async def check_in_visit(command: CheckInVisit, work: UnitOfWork) -> Visit:
    """The visit, checked in, with flags for what looks odd.

    Raises: NotFound, NotTheAuthor, IllegalTransition; AnotherVisitOpen at the commit, by the unique index that spans
    the representative's visits.
    """
    visit = await work.get(Visit, command.visit_id)
    visit.require_author(acting_author(work.principal, command.employee_id))
    visit.require_state("check_in", VisitState.PLANNED)
    work.collect(device_time("at", command.at, work.now))
    work.check()

    account = await survivor(KnownAccount, visit.account_id, work)
    arrived = visit.check_in(
        at=command.at,
        on=work.date_of(command.at),
        fix=Fix(point=GeoPoint(lat=command.lat, lon=command.lon), accuracy_m=command.accuracy_m),
        now=work.now,
        institution=account.location if account else None,
        radius_m=terms().check_in_radius_m,
        previous=await _previous_check_out(visit, command, work),
    )
    work.save(visit, arrived)
    return visit


async def _previous_check_out(visit: Visit, command: CheckInVisit, work: UnitOfWork) -> PlacedFix | None:
    earlier = await work.find(
        Visit,
        {"employee_id": visit.employee_id, "checked_out_at": {"$gte": command.at - LOOK_BACK, "$lte": command.at}},
        sort=[("checked_out_at", -1)],
        limit=1,
    )
    return earlier[0].left() if earlier else None
