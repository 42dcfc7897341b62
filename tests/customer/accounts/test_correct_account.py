"""Correcting what is said of an institution."""

import pytest
from chassis.refusals import RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.work import IfMatch
from contracts.events.customer import AccountCorrected
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import AlreadyRegistered, DepartmentInUse
from customer.contacts.move_contact import MoveContact, move_contact
from pydantic import ValidationError

from tests.customer.builders import a_contact, day


def correction(account_id: str = "acc_A", **facts: object) -> CorrectAccount:
    return CorrectAccount(account_id=account_id, **facts)


async def test_only_what_is_named_changes_and_null_clears(work: FakeUnitOfWork):
    await run_in(work, correct_account, correction(beds=100, address="1 Main Street", grade="3A"))
    account = await run_in(work.next(), correct_account, correction(address=None, beds=120))
    assert (account.address, account.beds, account.grades[-1].grade.value) == (None, 120, "3A")


async def test_the_event_names_the_changed_fields(work: FakeUnitOfWork):
    await run_in(work, correct_account, correction(beds=100, grade="ungraded", name="Hospital acc_A"))
    (event,) = work.emitted
    assert isinstance(event, AccountCorrected)
    assert (event.changed, event.account.beds) == (["beds"], 100)


async def test_saying_what_is_so_already_changes_nothing(work: FakeUnitOfWork):
    account = await run_in(
        work,
        correct_account,
        correction(
            name="Hospital acc_A",
            unit_id="unt_north",
            departments=[{"id": "dep_A1", "name": "dep_A1"}, {"name": "dep_A2"}],
        ),
    )
    assert (account.version, work.emitted, work.journal()) == (1, [], [])


@pytest.mark.parametrize("fact", ["name", "kind", "grade", "unit_id", "departments"])
def test_what_an_institution_cannot_be_without_cannot_be_cleared(fact: str):
    with pytest.raises(ValidationError):
        correction(**{fact: None})


async def test_another_unit_sees_it_from_now_on_and_both_are_told(work: FakeUnitOfWork):
    account = await run_in(work, correct_account, correction(unit_id="unt_south"))
    assert (account.unit_path, [stamp.path for stamp in account.visible]) == (SOUTH, [SOUTH])
    assert work.journal()[-1]["events"][0]["unit_paths"] == [NORTH, SOUTH]


async def test_departments_keep_their_ids_by_id_or_by_name(work: FakeUnitOfWork):
    account = await run_in(
        work,
        correct_account,
        correction(
            departments=[{"id": "dep_A1", "name": "Renamed"}, {"name": "DEP_A2", "discharges": 7}, {"name": "New"}]
        ),
    )
    renamed, kept, new = account.departments
    assert (renamed.id, renamed.name) == ("dep_A1", "Renamed")
    assert (kept.id, kept.discharges) == ("dep_A2", 7)
    assert new.id not in {"dep_A1", "dep_A2"}


async def test_two_departments_can_exchange_their_names(work: FakeUnitOfWork):
    account = await run_in(
        work,
        correct_account,
        correction(departments=[{"id": "dep_A1", "name": "dep_A2"}, {"id": "dep_A2", "name": "dep_A1"}]),
    )
    assert [(one.id, one.name) for one in account.departments] == [("dep_A1", "dep_A2"), ("dep_A2", "dep_A1")]


async def test_a_department_of_another_institution_is_an_unknown_reference(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(
            work, correct_account, correction(departments=[{"id": "dep_B1", "name": "x"}], division_code="990000")
        )
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("departments[0].id", "unknown_reference"),
        ("division_code", "implausible_division"),
    ]


async def test_a_department_stays_while_contacts_work_there(work: FakeUnitOfWork):
    await work.given(a_contact(department="dep_A1"))
    with pytest.raises(DepartmentInUse) as refused:
        await run_in(work.next(), correct_account, correction(departments=[]))
    assert (refused.value.status, refused.value.facts) == (409, {"departments": ["dep_A1"]})


async def test_a_department_goes_once_its_contacts_have_gone(work: FakeUnitOfWork):
    await work.given(a_contact(department="dep_A1"))
    away = MoveContact(contact_id="con_1", to_account_id="acc_B", on=day("2026-02-01"))
    await run_in(work.next(), move_contact, away)
    account = await run_in(work.next(), correct_account, correction(departments=[{"id": "dep_A2", "name": "dep_A2"}]))
    assert [one.id for one in account.departments] == ["dep_A2"]


async def test_a_name_cannot_become_that_of_another_institution(work: FakeUnitOfWork):
    with pytest.raises(AlreadyRegistered):
        await run_in(work, correct_account, correction(name="HOSPITAL  acc_b"))


async def test_a_stale_version_is_refused(work: FakeUnitOfWork):
    with pytest.raises(Stale):
        await run_in(work.next(if_match=IfMatch("acc_A", 9)), correct_account, correction(beds=1))
