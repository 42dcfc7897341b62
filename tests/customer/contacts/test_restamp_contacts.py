"""Who may see a contact follows the calendar and the alignment of institutions."""

from datetime import timedelta

from chassis.restamping import restamp_batch
from chassis.testing import FakeUnitOfWork, run_in
from chassis.testing.principals import NORTH, SOUTH
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.reactions import follow_the_alignment
from customer.contacts.restamp_contacts import CONTACTS, RestampDueContacts, restamp_due_contacts

from tests.customer.builders import TODAY, a_contact


async def paths(work: FakeUnitOfWork, contact_id: str = "con_1") -> list[str]:
    return [stamp.path for stamp in (await work.next().get(Contact, contact_id)).visible]


async def test_once_a_planned_move_has_come_the_old_region_sees_the_contact_no_more(work: FakeUnitOfWork):
    await work.given(a_contact())
    soon = MoveContact(contact_id="con_1", to_account_id="acc_B", on=TODAY + timedelta(days=3))
    await run_in(work.next(), move_contact, soon)
    assert await run_in(work.next(), restamp_due_contacts, RestampDueContacts()) == 0
    assert await paths(work) == [NORTH, SOUTH]
    work.clock.advance(timedelta(days=3))
    step = work.next()
    assert await run_in(step, restamp_due_contacts, RestampDueContacts()) == 1
    assert await paths(work) == [SOUTH]
    assert step.emitted == []
    assert await run_in(work.next(), restamp_due_contacts, RestampDueContacts()) == 0


async def test_contacts_are_restamped_batch_by_batch(work: FakeUnitOfWork):
    for number in range(3):
        await work.given(a_contact(f"con_{number}"))
        soon = MoveContact(contact_id=f"con_{number}", to_account_id="acc_B", on=TODAY + timedelta(days=1))
        await run_in(work.next(), move_contact, soon)
    work.clock.advance(timedelta(days=2))
    batches = [await run_in(work.next(), restamp_due_contacts, RestampDueContacts(limit=2)) for _ in range(3)]
    assert batches == [2, 1, 0]


async def test_contacts_follow_the_alignment_of_their_institution(work: FakeUnitOfWork):
    await work.given(a_contact())
    await work.given(a_contact("con_2", at="acc_B", path=SOUTH))
    step = work.next()
    await run_in(step, correct_account, CorrectAccount(account_id="acc_A", unit_id="unt_south"))
    (event,) = step.emitted
    reaction = work.next()
    await follow_the_alignment(event, reaction)
    await restamp_batch([CONTACTS], reaction)
    await reaction.commit()
    assert await paths(work) == [SOUTH]
    assert [entry["aggregate_id"] for entry in reaction.journal()] == ["acc_A", "con_1"]


async def test_a_correction_of_something_else_leaves_contacts_alone(work: FakeUnitOfWork):
    await work.given(a_contact())
    step = work.next()
    await run_in(step, correct_account, CorrectAccount(account_id="acc_A", beds=9))
    reaction = work.next()
    await follow_the_alignment(step.emitted[0], reaction)
    await restamp_batch([CONTACTS], reaction)
    await reaction.commit()
    assert len(reaction.journal()) == 1


async def test_who_has_left_is_not_restamped(work: FakeUnitOfWork):
    await work.given(a_contact())
    gone = MoveContact(contact_id="con_1", to_account_id="acc_B", on=TODAY - timedelta(days=3))
    await run_in(work.next(), move_contact, gone)
    step = work.next()
    await run_in(step, correct_account, CorrectAccount(account_id="acc_A", unit_id="unt_hq"))
    reaction = work.next()
    await follow_the_alignment(step.emitted[0], reaction)
    await restamp_batch([CONTACTS], reaction)
    await reaction.commit()
    assert await paths(work) == [SOUTH]
