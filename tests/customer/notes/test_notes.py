"""Notes about institutions, on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import FakeUnitOfWork, a_manager, a_rep, run_in
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from contracts.events.customer import AccountNoteWritten
from customer.accounts.model import Account
from customer.notes.model import NOTES, AccountNote
from customer.notes.write_note import WriteNote, write_note
from customer.plans.model import PLANS

from tests.customer.stack import Person


async def test_the_words_stay_in_the_store(work: FakeUnitOfWork):
    note = await run_in(work, write_note, WriteNote(account_id="acc_A", text="Dr Wang is leaving"))
    (event,) = work.emitted
    assert isinstance(event, AccountNoteWritten)
    assert event.note.author_id == "emp_steward"
    assert "Wang" not in str(work.journal())
    assert note.text == "Dr Wang is leaving"


async def test_a_note_follows_its_institution_to_another_unit(work: FakeUnitOfWork):
    note = await run_in(work, write_note, WriteNote(account_id="acc_A", text="x"))
    moving = work.next()
    account = await moving.get(Account, "acc_A")
    account.align(unit_id="unt_south", unit_path=SOUTH)
    moving.save(account)
    await moving.commit()
    following = work.next()
    loaded = await following.get(AccountNote, note.id)
    assert await NOTES.restamp(loaded, following)
    assert [stamp.path for stamp in loaded.visible] == [SOUTH]
    assert not await NOTES.restamp(loaded, following)
    assert NOTES.name != PLANS.name


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest.mark.stack
async def test_whoever_sees_the_institution_writes_and_reads_its_notes(steward: Person, client: ServiceClient):
    account = await steward.account("Noted Hospital")
    path = f"/accounts/{account['id']}/notes"
    manager = Person(client, a_manager(path=NORTH))
    first = await manager.make(path, {"text": "Parking is behind the building.\nAsk for Gate 3."})
    await steward.make(path, {"text": "Second"})
    assert first["author_id"] == "emp_manager"
    assert [one["text"] for one in await manager.items(path)][-1] == first["text"]
    assert {one["text"] for one in await manager.items(f"{path}?sort=created")} == {first["text"], "Second"}
    stranger = Person(client, a_rep(path=SOUTH + "unt_t9/"))
    assert (await stranger.call("GET", path)).status_code == 404
    assert (await stranger.call("POST", path, {"text": "x"})).status_code == 404
    assert (await manager.call("POST", path, {"text": " "})).status_code == 400
