"""Correcting what is said of a contact."""

import pytest
from chassis.refusals import NotFound, RuleBroken, Stale
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import SOUTH
from chassis.work import IfMatch
from contracts.events.customer import ContactCorrected
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.model import AlreadyRegistered
from pydantic import ValidationError

from tests.customer.builders import a_contact


def correction(**facts: object) -> CorrectContact:
    return CorrectContact(contact_id="con_1", **facts)


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """The unit with two doctors, each with a number."""
    await work.given(a_contact(mobile="+8613800138000"))
    await work.given(a_contact("con_2", name="李四", mobile="+8613800138001"))
    return work.next()


async def test_only_what_is_named_changes_and_null_clears(placed: FakeUnitOfWork):
    contact = await run_in(placed, correct_contact, correction(title="professor", mobile=None))
    assert (contact.name, contact.title, contact.mobile) == ("王小明", "professor", None)


async def test_the_event_names_personal_fields_without_their_values(placed: FakeUnitOfWork):
    await run_in(placed, correct_contact, correction(name="王大明", specialty="cardiology"))
    (event,) = placed.emitted
    assert isinstance(event, ContactCorrected)
    assert (event.changed, event.contact.specialty) == (["name", "specialty"], "cardiology")
    assert "王大明" not in str(placed.journal())


async def test_a_new_name_is_what_is_searched_for(placed: FakeUnitOfWork):
    await run_in(placed, correct_contact, correction(name="单雄信"))
    assert "shan" in placed.fake.rows("contacts")["con_1"]["search_text"]


async def test_saying_what_is_so_already_changes_nothing(placed: FakeUnitOfWork):
    contact = await run_in(placed, correct_contact, correction(name="王小明", mobile="138 0013 8000"))
    assert (contact.version, placed.emitted) == (1, [])


async def test_a_number_cannot_become_that_of_another_contact(placed: FakeUnitOfWork):
    with pytest.raises(AlreadyRegistered):
        await run_in(placed, correct_contact, correction(mobile="13800138001"))


async def test_every_broken_rule_is_told_at_once(placed: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(placed, correct_contact, correction(name="…", mobile="110"))
    assert {one.code for one in refused.value.violations} == {"name_without_letters", "invalid_mobile"}


def test_a_contact_has_a_name():
    with pytest.raises(ValidationError):
        correction(name=None)


async def test_a_contact_of_another_region_is_absent(placed: FakeUnitOfWork):
    with pytest.raises(NotFound):
        await run_in(placed.next(principal=a_manager(path=SOUTH)), correct_contact, correction(title="x"))


async def test_a_stale_version_is_refused(placed: FakeUnitOfWork):
    with pytest.raises(Stale):
        await run_in(placed.next(if_match=IfMatch("con_1", 4)), correct_contact, correction(title="x"))
