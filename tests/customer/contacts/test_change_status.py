"""Whether a contact is worked with."""

from datetime import timedelta

import pytest
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.customer import ContactStatusChanged
from contracts.values import ContactStatus
from customer.contacts.change_status import ChangeContactStatus, change_contact_status
from customer.contacts.status import StatusBeforeLast

from tests.customer.builders import TODAY, a_contact


def a_change(status: str = "inactive", **more: object) -> ChangeContactStatus:
    return ChangeContactStatus(**({"contact_id": "con_1", "status": status, "reason": "retired"} | more))


@pytest.fixture
async def placed(work: FakeUnitOfWork) -> FakeUnitOfWork:
    await work.given(a_contact())
    return work.next()


async def test_a_contact_is_active_until_it_is_said_otherwise(placed: FakeUnitOfWork):
    contact = await run_in(placed, change_contact_status, a_change())
    assert contact.status_on(TODAY) is ContactStatus.INACTIVE
    assert contact.status_on(TODAY - timedelta(days=1)) is ContactStatus.ACTIVE
    (event,) = placed.emitted
    assert isinstance(event, ContactStatusChanged)
    assert (event.status, event.on, event.contact.statuses[0].on) == (ContactStatus.INACTIVE, TODAY, TODAY)


async def test_the_words_of_the_reason_are_personal(placed: FakeUnitOfWork):
    await run_in(placed, change_contact_status, a_change(reason="ill since May"))
    (entry,) = placed.journal()
    assert "ill since May" not in str([entry["state"], entry["events"]])


async def test_the_same_status_is_no_change(placed: FakeUnitOfWork):
    unchanged = await run_in(placed, change_contact_status, a_change("active"))
    assert (unchanged.version, placed.emitted) == (1, [])


async def test_a_planned_status_holds_from_its_day_and_can_be_replaced_on_it(placed: FakeUnitOfWork):
    later = TODAY + timedelta(days=5)
    await run_in(placed, change_contact_status, a_change(on=later))
    contact = await run_in(placed.next(), change_contact_status, a_change("active", on=later))
    assert contact.status_on(later) is ContactStatus.ACTIVE
    with pytest.raises(StatusBeforeLast):
        await run_in(placed.next(), change_contact_status, a_change("inactive", on=TODAY))
