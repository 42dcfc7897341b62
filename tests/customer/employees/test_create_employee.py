"""Hiring."""

import hashlib
from base64 import urlsafe_b64decode
from datetime import timedelta

import orjson
import pytest
from chassis.journal import IDENTITIES, JOURNAL, restore
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, an_admin, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import EmployeeHired
from contracts.roles import Role
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.model import Employee, PositionEndsBeforeItStarts, UsernameTaken
from pydantic import ValidationError

from tests.customer.builders import NOW, TODAY


def hiring(**more: object) -> CreateEmployee:
    fields = {"name": "王小明", "username": "wang.xm", "roles": ["rep"], "unit_id": "unt_north"}
    return CreateEmployee(**(fields | more))


async def test_the_invitation_is_known_to_who_hired_and_its_digest_to_everybody_else(work: FakeUnitOfWork):
    employee = await run_in(work, create_employee, hiring())
    invitation = employee.invitation
    assert invitation is not None
    assert len(urlsafe_b64decode(invitation + "=")) == 32
    (event,) = work.emitted
    assert isinstance(event, EmployeeHired)
    assert event.invitation_sha256 == hashlib.sha256(invitation.encode()).hexdigest()
    assert event.invitation_expires_at == NOW + timedelta(days=7)
    stored = orjson.dumps(list(work.fake.collections.values()), default=str).decode()
    assert invitation not in stored
    assert event.invitation_sha256 in stored


async def test_two_invitations_differ(work: FakeUnitOfWork):
    one = await run_in(work, create_employee, hiring())
    two = await run_in(work.next(), create_employee, hiring(username="other"))
    assert one.invitation != two.invitation


async def test_an_answer_rebuilt_from_the_journal_has_no_invitation(work: FakeUnitOfWork):
    await run_in(work, create_employee, hiring(employee_id="emp_1"))
    (entry,) = work.journal()
    again = await restore(work.fake, Employee, entry)
    assert (again.invitation, again.name, again.username) == (None, "王小明", "wang.xm")


async def test_the_position_is_what_was_said(work: FakeUnitOfWork):
    employee = await run_in(
        work, create_employee, hiring(roles=["manager", "rep", "rep"], valid_from="2026-04-01", valid_to="2027-01-01")
    )
    assert employee.roles == [Role.REP, Role.MANAGER]
    assert (employee.unit_path, employee.visible[0].path) == (NORTH, NORTH)
    state = work.emitted[0].employee
    assert (state.valid_from.isoformat(), state.valid_to.isoformat()) == ("2026-04-01", "2027-01-01")


async def test_a_position_starts_today_unless_it_says_otherwise(work: FakeUnitOfWork):
    assert (await run_in(work, create_employee, hiring())).valid_from == TODAY


async def test_the_name_stays_in_the_owners_store(work: FakeUnitOfWork):
    await run_in(work, create_employee, hiring())
    assert "王小明" not in str(work.fake.rows(JOURNAL))
    assert "王小明" in str(work.fake.rows(IDENTITIES))


async def test_a_loader_gives_id_and_invitation(work: FakeUnitOfWork):
    invitation = "i" * 43
    employee = await run_in(
        work,
        create_employee,
        hiring(employee_id="emp_1", invitation=invitation, invitation_expires_at=NOW + timedelta(days=1)),
    )
    assert (employee.id, employee.invitation) == ("emp_1", invitation)
    assert work.emitted[0].invitation_expires_at == NOW + timedelta(days=1)


async def test_user_names_are_unique(work: FakeUnitOfWork):
    await run_in(work, create_employee, hiring())
    with pytest.raises(UsernameTaken):
        await run_in(work.next(), create_employee, hiring())


@pytest.mark.parametrize("username", ["", "a", "Wang", "wang xm", "王", "-wang", "w" * 65, "a@b.cn"])
def test_user_names_are_lower_case_and_short(username: str):
    with pytest.raises(ValidationError):
        hiring(username=username)


def test_somebody_without_a_role_is_no_employee():
    with pytest.raises(ValidationError):
        hiring(roles=[])


@pytest.mark.parametrize("valid_to", ["2026-03-01", "2026-02-01"])
async def test_a_position_ends_after_it_has_started(work: FakeUnitOfWork, valid_to: str):
    with pytest.raises(PositionEndsBeforeItStarts):
        await run_in(work, create_employee, hiring(valid_to=valid_to))


async def test_the_unit_must_be_known(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(work.next(principal=an_admin()), create_employee, hiring(unit_id="unt_absent"))
    assert (refused.value.code, refused.value.violations[0].field) == ("unknown_reference", "unit_id")
