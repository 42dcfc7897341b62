"""Rules that hold across commands hold however closely two of them overlap."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from chassis.journal import Cause
from chassis.refusals import Refusal
from chassis.testing import a_steward
from chassis.testing.service import ServiceClient
from chassis.work import UnitOfWork
from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import Account
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact

from tests.customer.builders import TODAY, day
from tests.customer.stack import Person

pytestmark = pytest.mark.stack

UseCase = Callable[[Any, UnitOfWork], Awaitable[Any]]


async def attempt(client: ServiceClient, use_case: UseCase, command: Any, pause: Callable[[], Awaitable[Any]]) -> str:
    """Run a use case that waits, at its first try, after having done its work and before committing it."""
    tries = 0

    async def action(work: UnitOfWork) -> Any:
        nonlocal tries
        tries += 1
        value = await use_case(command, work)
        if tries == 1:
            await pause()
        return value

    try:
        await client.app.state.edge.works.run(action, principal=a_steward(), cause=Cause(command="test"))
    except Refusal as refusal:
        return f"{refusal.code} after {tries}"
    return f"done after {tries}"


def first_try_and_later(outcomes: list[str]) -> tuple[str, str]:
    """What became of the one that went through at its first try, and of the other, which had to run again."""
    at_once, again = sorted(outcomes, key=lambda outcome: int(outcome.split()[-1]))
    assert at_once.endswith(" after 1")
    assert not again.endswith(" after 1")
    return at_once.split()[0], again.split()[0]


async def test_two_moves_forced_to_overlap_leave_one_primary_at_every_instant(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    meet = asyncio.Barrier(2).wait

    def to(account_id: str, on: str) -> MoveContact:
        return MoveContact(contact_id=contact["id"], to_account_id=account_id, on=day(on))

    place = (await steward.account("Overlap Hospital"))["id"]
    outcomes = await asyncio.gather(
        attempt(client, move_contact, to("acc_B", "2026-02-01"), meet),
        attempt(client, move_contact, to(place, "2026-01-01"), meet),
    )
    assert first_try_and_later(outcomes) == ("done", "done")
    affiliations = await steward.items(f"/contacts/{contact['id']}/affiliations")
    assert [(one["account_id"], one["valid_from"], one["valid_to"]) for one in affiliations] == [
        ("acc_A", "2024-01-01", "2026-01-01"),
        (place, "2026-01-01", "2026-02-01"),
        ("acc_B", "2026-02-01", None),
    ]
    assert (await steward.get(f"/contacts/{contact['id']}"))["version"] == 3


async def test_of_two_moves_on_one_day_the_first_stands(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    place = (await steward.account("Same Day Hospital"))["id"]
    meet = asyncio.Barrier(2).wait
    commands = [MoveContact(contact_id=contact["id"], to_account_id=to, on=TODAY) for to in ("acc_B", place)]
    outcomes = await asyncio.gather(*(attempt(client, move_contact, command, meet) for command in commands))
    assert first_try_and_later(outcomes) == ("done", "move_before_start")
    believed = await steward.items(f"/contacts/{contact['id']}/affiliations?as_of={TODAY}")
    assert len(believed) == 1


async def test_many_moves_at_once_leave_one_primary_at_every_instant(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    places = ["acc_A", "acc_B", (await steward.account("Busy Hospital"))["id"]]
    answers = await asyncio.gather(
        *(
            steward.move(contact["id"], places[n % 3], str(date(2025, 1, 1) + timedelta(days=n * 5 % 60)))
            for n in range(16)
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 422}
    final = Contact.model_validate(await stored(client, contact["id"]))
    for offset in range(-10, 90):
        asked = date(2025, 1, 1) + timedelta(days=offset)
        assert len(final.affiliations_on(asked)) == 1
    assert final.version == 1 + sum(answer.status_code == 201 for answer in answers)


async def stored(client: ServiceClient, contact_id: str) -> dict[str, Any]:
    document = await client.app.state.edge.database.collection("contacts").find_one({"_id": contact_id})
    return Contact.load(document).model_dump()


@pytest.mark.parametrize("arrival", ["move", "register"])
async def test_nobody_arrives_at_an_institution_that_closes_meanwhile(client: ServiceClient, arrival: str):
    steward = Person(client)
    place = (await steward.account(f"Closing Hospital {arrival}"))["id"]
    contact = await steward.contact()

    async def close() -> None:
        answer = await steward.call("POST", f"/accounts/{place}/stage", {"stage": "closed", "reason": "demolished"})
        assert answer.status_code == 202, answer.text

    if arrival == "move":
        command = MoveContact(contact_id=contact["id"], to_account_id=place, on=TODAY)
        outcome = await overtaken(client, move_contact, command, close)
    else:
        command = CreateContact(name="x", affiliation={"account_id": place})
        outcome = await overtaken(client, create_contact, command, close)
    assert outcome == "institution_closed after 2"
    assert await steward.items(f"/contacts?account_id={place}") == []


async def overtaken(
    client: ServiceClient, use_case: UseCase, command: Any, other: Callable[[], Awaitable[None]]
) -> str:
    """Run a use case that, at its first try, has its snapshot of everything before `other` commits."""
    tries = 0

    async def action(work: UnitOfWork) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            await work.find_one(Account, {"_id": "acc_A"})
            await other()
        return await use_case(command, work)

    try:
        await client.app.state.edge.works.run(action, principal=a_steward(), cause=Cause(command="test"))
    except Refusal as refusal:
        return f"{refusal.code} after {tries}"
    return f"done after {tries}"


async def test_a_department_does_not_go_while_somebody_arrives_there(client: ServiceClient):
    steward = Person(client)
    place = await steward.account("Shrinking Hospital", departments=[{"name": "Ward"}])
    contact = await steward.contact()
    department = place["departments"][0]["id"]

    async def arrive() -> None:
        answer = await steward.move(contact["id"], place["id"], str(TODAY), to_department_id=department)
        assert answer.status_code == 201, answer.text

    shrink = CorrectAccount(account_id=place["id"], departments=[])
    assert await overtaken(client, correct_account, shrink, arrive) == "department_in_use after 2"


async def test_a_contact_registered_while_its_institution_is_realigned_is_seen_in_the_new_region(client: ServiceClient):
    steward = Person(client)
    place = await steward.account("Realigned Hospital")

    async def realign() -> None:
        answer = await steward.call("PATCH", f"/accounts/{place['id']}", {"unit_id": "unt_south"}, if_match="*")
        assert answer.status_code == 200, answer.text

    command = CreateContact(contact_id="con_new", name="x", affiliation={"account_id": place["id"]})
    assert await overtaken(client, create_contact, command, realign) == "done after 2"
    document = await client.app.state.edge.database.collection("contacts").find_one({"_id": "con_new"})
    assert [stamp["path"] for stamp in document["visible"]] == ["/unt_hq/unt_south/"]


async def test_of_two_equal_registrations_at_once_one_is_stored(client: ServiceClient):
    steward = Person(client)
    body = {"name": "Twin Hospital", "kind": "hospital", "unit_id": "unt_north"}
    answers = await asyncio.gather(*(steward.call("POST", "/accounts", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (there,) = await steward.items("/accounts?q=Twin")
    assert {answer.json()["account_id"] for answer in answers if answer.status_code == 409} == {there["id"]}


async def test_one_key_sent_many_times_at_once_has_one_effect(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    path, body = f"/contacts/{contact['id']}/moves", {"to_account_id": "acc_B", "on": "2026-02-01"}
    answers = await asyncio.gather(
        *(steward.call("POST", path, body, idempotency_key="many") for _ in range(20)),
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (await steward.get(f"/contacts/{contact['id']}"))["version"] == 2


async def test_two_changes_of_stage_at_once_follow_one_another_or_one_is_refused(client: ServiceClient):
    place = (await Person(client).account("Hasty Hospital"))["id"]
    meet = asyncio.Barrier(2).wait
    command = ChangeStage(account_id=place, stage="developing", reason="x", on=TODAY)
    outcomes = await asyncio.gather(*(attempt(client, change_stage, command, meet) for _ in range(2)))
    assert first_try_and_later(outcomes) == ("done", "illegal_transition")
