"""Changing a position."""

import pytest
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.work import IfMatch
from contracts.events.customer import EmployeeReassigned
from contracts.roles import Role
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.model import PositionEndsBeforeItStarts
from customer.employees.reassign_employee import ReassignEmployee, reassign_employee

from tests.customer.builders import day


@pytest.fixture
async def hired(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit after a representative of the north was hired."""
    command = CreateEmployee(
        employee_id="emp_1",
        name="王小明",
        username="wang",
        roles=["rep"],
        unit_id="unt_north",
        valid_from=day("2026-01-01"),
        valid_to=day("2026-12-31"),
    )
    await run_in(work, create_employee, command)
    return work.next()


async def test_a_new_unit_changes_who_sees_and_tells_both_regions(hired: FakeUnitOfWork):
    employee = await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", unit_id="unt_south"))
    assert (employee.unit_path, [stamp.path for stamp in employee.visible]) == (SOUTH, [SOUTH])
    (event,) = hired.emitted
    assert isinstance(event, EmployeeReassigned)
    assert (event.employee.unit_path, event.employee.valid_to) == (SOUTH, day("2026-12-31"))
    assert hired.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH]


async def test_null_takes_the_end_away_and_leaves_the_rest(hired: FakeUnitOfWork):
    employee = await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", valid_to=None))
    assert (employee.valid_to, employee.roles, employee.unit_path) == (None, [Role.REP], NORTH)


async def test_roles_change(hired: FakeUnitOfWork):
    employee = await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", roles=["manager"]))
    assert employee.roles == [Role.MANAGER]


async def test_saying_what_is_so_already_changes_nothing(hired: FakeUnitOfWork):
    command = ReassignEmployee(employee_id="emp_1", roles=["rep"], unit_id="unt_north", valid_to=day("2026-12-31"))
    employee = await run_in(hired, reassign_employee, command)
    assert (employee.version, hired.emitted, len(hired.journal())) == (1, [], 1)


async def test_the_end_lies_after_the_start(hired: FakeUnitOfWork):
    with pytest.raises(PositionEndsBeforeItStarts):
        await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", valid_to=day("2026-01-01")))


async def test_the_new_unit_must_be_known(hired: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", unit_id="unt_absent"))
    assert refused.value.code == "unknown_reference"


async def test_an_employee_of_another_region_is_absent(hired: FakeUnitOfWork):
    stranger = hired.next(principal=a_manager(path=SOUTH))
    with pytest.raises(NotFound):
        await run_in(stranger, reassign_employee, ReassignEmployee(employee_id="emp_1", valid_to=None))


async def test_a_stale_version_is_refused(hired: FakeUnitOfWork):
    late = hired.next(if_match=IfMatch("emp_1", 7))
    with pytest.raises(Stale):
        await run_in(late, reassign_employee, ReassignEmployee(employee_id="emp_1", valid_to=None))
