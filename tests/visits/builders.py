"""What tests of the visits service are made of: one hospital in the north, its doctors, a representative, a visit."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import AccountState, EmployeeState
from contracts.roles import Role
from contracts.values import AccountKind, GeoPoint, Grade, Stage, Stamp, VisitState
from visits.known.model import (
    Employment,
    KnownAccount,
    KnownContact,
    KnownEmployee,
    KnownLot,
    KnownProduct,
    Position,
)
from visits.visits.entities import Fix
from visits.visits.model import Visit

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""
TODAY = date(2026, 3, 2)
TERRITORY = NORTH + "unt_t1/"
HOSPITAL_POINT = GeoPoint(lat=39.9139, lon=116.4103)


def north_of(point: GeoPoint, metres: float) -> GeoPoint:
    """The point so many metres further north (one degree of latitude is 111,195 m on the mean sphere)."""
    return GeoPoint(lat=point.lat + metres / 111_195.08, lon=point.lon)


def an_account(
    account_id: str = "acc_A", *, path: str = TERRITORY, stage: Stage = Stage.ACTIVE, **more: Any
) -> KnownAccount:
    """An institution aligned to `path`."""
    fields = {"location": HOSPITAL_POINT} | more
    return KnownAccount(id=account_id, sequence=1, visible=[Stamp(path=path)], stage=stage, **fields)


def a_contact(
    contact_id: str = "con_1", *, at: str = "acc_A", since: date = date(2024, 1, 1), until: date | None = None
) -> KnownContact:
    """A contact who works at one institution."""
    return KnownContact(
        id=contact_id, sequence=1, employments=[Employment(account_id=at, valid_from=since, valid_to=until)]
    )


def an_employee(
    employee_id: str = "emp_rep", *, path: str = TERRITORY, since: date = date(2023, 1, 1)
) -> KnownEmployee:
    """An employee with one position."""
    unit_id = path.strip("/").split("/")[-1]
    return KnownEmployee(
        id=employee_id, sequence=1, positions=[Position(unit_id=unit_id, unit_path=path, valid_from=since)]
    )


def replicas() -> list[Any]:
    """What visits have to know before a representative of the north can do anything."""
    return [
        an_account("acc_A"),
        an_account("acc_B"),
        an_account("acc_south", path=SOUTH + "unt_t9/"),
        an_account("acc_closed", stage=Stage.CLOSED),
        a_contact("con_1"),
        a_contact("con_2"),
        a_contact("con_B", at="acc_B"),
        a_contact("con_south", at="acc_south"),
        a_contact("con_left", until=date(2026, 3, 1)),
        an_employee("emp_rep"),
        an_employee("emp_rep2", path=SOUTH + "unt_t9/"),
        an_employee("emp_manager", path=NORTH),
        KnownProduct(id="prd_1", sequence=1),
        KnownProduct(id="prd_2", sequence=1),
        KnownLot(id="lot_1", sequence=1, material_id="itm_1"),
    ]


def a_visit(
    visit_id: str = "vis_1",
    *,
    planned_at: datetime = NOW,
    contact_ids: tuple[str, ...] = ("con_1", "con_2"),
    **more: Any,
) -> Visit:
    """A planned visit of the representative of the north."""
    fields = {"planned_on": TODAY, "account_id": "acc_A", "employee_id": "emp_rep"} | more
    visit = Visit(
        id=visit_id,
        version=1,
        credited_unit_id="unt_t1",
        credited_path=TERRITORY,
        planned_at=planned_at,
        contact_ids=list(contact_ids),
        **fields,
    )
    visit.stamp(TERRITORY, [Stamp(path=TERRITORY)])
    return visit


def checked_in(visit: Visit | None = None, *, at: datetime = NOW) -> Visit:
    """A visit that has begun at the institution's door."""
    visit = visit or a_visit()
    visit.check_in(
        at=at,
        on=TODAY,
        fix=Fix(point=HOSPITAL_POINT, accuracy_m=10),
        now=at,
        institution=HOSPITAL_POINT,
        radius_m=500,
        previous=None,
    )
    return visit


def checked_out(visit: Visit | None = None, *, at: datetime = NOW + timedelta(minutes=30)) -> Visit:
    """A visit that is over and not yet reported."""
    visit = checked_in(visit)
    visit.check_out(at=at, fix=None, now=at)
    return visit


def reported(visit: Visit | None = None) -> Visit:
    """A visit that is over, with a report that can be handed in."""
    visit = checked_out(visit)
    visit.write_report(attendees=["con_1"], products=[], feedback="went well", materials=[], next_step="call again")
    return visit


def submitted(visit: Visit | None = None) -> Visit:
    """A visit that waits for promotion."""
    visit = reported(visit)
    visit.submit(at=NOW + timedelta(hours=1), now=NOW + timedelta(hours=1), due_within=timedelta(hours=48))
    return visit


def in_state(state: VisitState) -> Visit:
    """A visit in each state that this service can bring it to."""
    visit = {
        VisitState.PLANNED: a_visit,
        VisitState.CHECKED_IN: checked_in,
        VisitState.CHECKED_OUT: reported,
        VisitState.SUBMITTED: submitted,
        VisitState.CONFIRMED: submitted,
        VisitState.RETURNED: submitted,
        VisitState.CANCELLED: a_visit,
    }[state]()
    visit.state = state
    return visit


def account_state(**more: Any) -> AccountState:
    """An institution as events tell of it."""
    fields: dict[str, Any] = {
        "account_id": "acc_1",
        "name": "人民医院",
        "kind": AccountKind.HOSPITAL,
        "grade": Grade.G3A,
        "unit_id": "unt_north",
        "unit_path": NORTH,
        "stage": Stage.ACTIVE,
        "location": GeoPoint(lat=1, lon=2),
    }
    return AccountState(**fields | more)


def employee_state(path: str, since: date) -> EmployeeState:
    """An employee as events tell of one."""
    return EmployeeState(
        employee_id="emp_1",
        username="rep",
        roles=[Role.REP],
        unit_id=path.strip("/").split("/")[-1],
        unit_path=path,
        valid_from=since,
    )
