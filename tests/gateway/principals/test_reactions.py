"""What the gateway learns from customer's events."""

from datetime import UTC, date, datetime

from chassis.testing import FakeUnitOfWork
from contracts.events.customer import EmployeeHired, EmployeeReassigned, EmployeeState, UnitCreated, UnitState
from contracts.roles import Role
from contracts.values import UnitKind
from gateway.principals.model import KnownUnit, Login
from gateway.principals.reactions import learn_hired, learn_reassigned, learn_unit

NORTH = "/unt_hq/unt_north/"


def hired(**more: object) -> EmployeeHired:
    fields: dict[str, object] = {
        "employee_id": "emp_1",
        "username": "rep",
        "roles": [Role.REP],
        "unit_id": "unt_north",
        "unit_path": NORTH,
        "valid_from": date(2026, 1, 1),
    }
    return EmployeeHired(
        employee=EmployeeState.model_validate(fields | more),
        invitation_sha256="ab" * 32,
        invitation_expires_at=datetime(2026, 2, 1, tzinfo=UTC),
    )


async def test_who_is_hired_may_be_invited():
    work = FakeUnitOfWork()
    await learn_hired(hired(), work)
    login = await work.get_replica(Login, "emp_1")
    assert login is not None
    assert login.invitation_sha256 == "ab" * 32
    assert login.principal(date(2026, 3, 2)).paths == (NORTH,)


async def test_a_reassignment_keeps_the_invitation_and_changes_the_position():
    work = FakeUnitOfWork()
    await learn_hired(hired(), work)
    changed = hired(roles=[Role.HQ], valid_to=date(2026, 6, 1)).employee
    await learn_reassigned(EmployeeReassigned(employee=changed), work)
    login = await work.get_replica(Login, "emp_1")
    assert login is not None
    assert login.invitation_sha256 == "ab" * 32
    assert login.principal(date(2026, 3, 2)).paths == ("/",)
    assert login.valid_to == date(2026, 6, 1)


async def test_units_are_known_by_name():
    work = FakeUnitOfWork()
    state = UnitState(unit_id="unt_north", name="North", kind=UnitKind.REGION, parent_id="unt_hq", path=NORTH)
    await learn_unit(UnitCreated(unit=state), work)
    unit = await work.get_replica(KnownUnit, "unt_north")
    assert unit is not None
    assert unit.name == "North"
