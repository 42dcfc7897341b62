"""Change requests and care cases are seen by whoever sees what they speak of, also after that has changed."""

from chassis.restamping import restamp_batch
from chassis.testing import FakeUnitOfWork, a_rep
from chassis.testing.fake import run_in
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import AccountCorrected, ContactMoved, UnitMoved
from contracts.values import Stamp
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.care.model import CareCase
from customer.change_requests.model import ChangeRequest
from customer.contacts.move_contact import MoveContact, move_contact
from customer.following import (
    FOLLOWING,
    follow_a_unit,
    follow_the_unit_of_an_account,
    follow_who_moved,
)
from customer.units.model import Unit

from tests.customer.builders import a_contact, day
from tests.customer.care.test_care import a_question
from tests.customer.care.test_care import opened as opened_case
from tests.customer.change_requests.requests import a_proposal, proposed

HOME = Stamp(path=NORTH)


async def carried_out(work: FakeUnitOfWork) -> None:
    """All orders of restamping."""
    while await run_in(work.next(), lambda _, unit: restamp_batch(FOLLOWING, unit), None):
        pass


async def stamps(work: FakeUnitOfWork, *rows: ChangeRequest | CareCase) -> list[set[Stamp]]:
    return [set((await work.next().get(type(row), row.id)).visible) for row in rows]


async def test_they_follow_an_institution_to_another_unit(work: FakeUnitOfWork):
    request, case = await proposed(work), await opened_case(work)
    assert await stamps(work, request, case) == [{HOME}, {HOME}]
    unit = work.next()
    await run_in(unit, correct_account, CorrectAccount(account_id="acc_A", unit_id="unt_south"))
    event = next(one for one in unit.emitted if isinstance(one, AccountCorrected))
    await run_in(work.next(), lambda _, reaction: follow_the_unit_of_an_account(event, reaction), None)
    await carried_out(work)
    assert await stamps(work, request, case) == [{HOME, Stamp(path=SOUTH)}] * 2


async def test_they_follow_a_contact_to_another_institution(work: FakeUnitOfWork):
    await work.given(a_contact())
    request = await proposed(work, a_proposal("con_1", kind="contact", fields={"title": "x"}))
    case = await opened_case(work, a_question("con_1"))
    unit = work.next()
    await run_in(unit, move_contact, MoveContact(contact_id="con_1", to_account_id="acc_B", on=day("2026-02-01")))
    event = next(one for one in unit.emitted if isinstance(one, ContactMoved))
    await run_in(work.next(), lambda _, reaction: follow_who_moved(event, reaction), None)
    await carried_out(work)
    assert await stamps(work, request, case) == [{HOME, Stamp(path=SOUTH)}] * 2


async def test_they_follow_the_unit_of_who_raised_them(work: FakeUnitOfWork):
    rep = a_rep(path=NORTH + "unt_t1/")
    request = await proposed(work, a_proposal("acc_B"), by=rep)
    north = await work.next().get(Unit, "unt_north")
    moved = Unit(**{**dict(north), "id": "unt_t1", "path": SOUTH + "unt_t1/", "visible": []})
    await work.given(moved)
    event = UnitMoved.model_construct(unit=moved.state())
    await run_in(work.next(), lambda _, reaction: follow_a_unit(event, reaction), None)
    await carried_out(work)
    assert await stamps(work, request) == [{Stamp(path=SOUTH + "unt_t1/"), Stamp(path=SOUTH)}]
