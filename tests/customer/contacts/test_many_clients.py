"""One contact under many hands: no update is lost, the history has no gap, withdrawals and rules hold."""

import asyncio
from typing import Any

import pytest
from chassis.testing.service import ServiceClient
from customer.consents.record_consent import RecordConsent, record_consent
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.take_up_affiliation import TakeUpAffiliation, take_up_affiliation
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.influence.record_influence import RecordInfluence, record_influence

from tests.customer.builders import TODAY, day
from tests.customer.contacts.test_overlapping_commands import attempt, first_try_and_later, overtaken
from tests.customer.stack import Person

pytestmark = pytest.mark.stack

CLIENTS = 32


async def test_of_two_primary_employments_taken_up_at_once_one_is_refused(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    (first,) = contact["affiliations"]
    end = {"on": "2026-01-01", "reason": "left"}
    path = f"/contacts/{contact['id']}"
    assert (await steward.call("POST", f"{path}/affiliations/{first['id']}/end", end)).status_code == 200
    places = ["acc_B", (await steward.account("Second Employer"))["id"]]
    meet = asyncio.Barrier(2).wait
    commands = [
        TakeUpAffiliation(contact_id=contact["id"], account_id=place, primary=True, share=40, valid_from=TODAY)
        for place in places
    ]
    outcomes = await asyncio.gather(*(attempt(client, take_up_affiliation, command, meet) for command in commands))
    assert first_try_and_later(outcomes) == ("done", "two_primary_affiliations")
    assert len(await steward.items(f"{path}/affiliations?as_of={TODAY}")) == 1


async def test_shares_taken_up_at_once_never_exceed_the_whole(client: ServiceClient):
    steward = Person(client)
    affiliation = {"account_id": "acc_A", "share": 40, "valid_from": "2024-01-01"}
    contact = await steward.make("/contacts", {"name": "多职", "affiliation": affiliation})
    places = ["acc_B", (await steward.account("Part Time Hospital"))["id"]]
    meet = asyncio.Barrier(2).wait
    commands = [TakeUpAffiliation(contact_id=contact["id"], account_id=place, share=40) for place in places]
    outcomes = await asyncio.gather(*(attempt(client, take_up_affiliation, command, meet) for command in commands))
    assert first_try_and_later(outcomes) == ("done", "shares_exceed_whole")


async def test_a_withdrawal_wins_over_an_opt_in_at_the_same_time(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact()
    facts = {"contact_id": contact["id"], "channel": "sms", "purpose": "promotion", "evidence": "x"}
    meet = asyncio.Barrier(2).wait
    outcomes = await asyncio.gather(
        *(attempt(client, record_consent, RecordConsent(**facts, act=act), meet) for act in ("opt_in", "withdrawal"))
    )
    assert first_try_and_later(outcomes) == ("done", "done")
    (consent,) = await steward.items(f"/contacts/{contact['id']}/consents")
    assert (consent["state"], consent["allowed"], len(consent["entries"])) == ("withdrawn", False, 2)


async def test_nothing_is_written_of_a_contact_that_is_erased_meanwhile(client: ServiceClient):
    steward = Person(client)
    contact, other = await steward.contact("渐忘"), await steward.contact()

    async def erase() -> None:
        answer = await steward.call("POST", f"/contacts/{contact['id']}/erasure", {"reason": "asked for"})
        assert answer.status_code == 200, answer.text

    ends = {"from_contact_id": contact["id"], "to_contact_id": other["id"]}
    command = RecordInfluence(**ends, type="x", strength=1, source="渐忘 herself")
    assert await overtaken(client, record_influence, command, erase) == "erased after 2"
    moved = MoveContact(contact_id=contact["id"], to_account_id="acc_B", on=day("2026-02-01"), evidence="渐忘")
    meet = asyncio.Barrier(1).wait
    assert await attempt(client, move_contact, moved, meet) == "erased after 1"


async def test_words_that_are_written_while_the_contact_is_erased_are_erased_too(client: ServiceClient):
    steward = Person(client)
    contact, other = await steward.contact("同忘"), await steward.contact()

    async def tell() -> None:
        ends = {"from_contact_id": contact["id"], "to_contact_id": other["id"]}
        body = ends | {"type": "x", "strength": 1, "source": "同忘 herself"}
        assert (await steward.call("POST", "/influence/edges", body)).status_code == 201

    command = EraseContact(contact_id=contact["id"], reason="asked for")
    assert await overtaken(client, erase_contact, command, tell) == "done after 2"
    database = client.app.state.edge.database
    assert await database.collection("influences").count_documents({"source": "同忘 herself"}) == 0
    assert await database.collection("identities").count_documents({"fields.source": "同忘 herself"}) == 0


async def test_thirty_two_clients_lose_no_update_and_leave_no_gap_in_the_history(client: ServiceClient):
    """Each client adds qualifications of its own to the list as it read it, again whenever somebody was faster."""
    steward = Person(client)
    contact = await steward.contact("众手")
    path = f"/contacts/{contact['id']}"

    async def add(number: int) -> list[int]:
        statuses: list[int] = []
        while not statuses or statuses[-1] != 200:
            seen = await steward.call("GET", path)
            entries = [
                {name: one[name] for name in ("id", "kind", "number", "issuer")}
                for one in seen.json()["qualifications"]
            ]
            body = {"qualifications": [*entries, {"kind": "course", "number": f"N-{number}"}]}
            answer = await steward.call("PATCH", path, body, if_match=seen.headers["etag"])
            statuses.append(answer.status_code)
            assert statuses[-1] in (200, 412, 503), answer.text
        return statuses

    outcomes = await asyncio.gather(*(add(number) for number in range(CLIENTS)))
    assert any(412 in statuses for statuses in outcomes), "they did meet"
    final = await steward.get(path)
    assert sorted(one["number"] for one in final["qualifications"]) == sorted(f"N-{n}" for n in range(CLIENTS))
    history = await steward.items(f"{path}/history?limit=500")
    assert [change["version"] for change in history] == list(range(1, CLIENTS + 2))
    assert final["version"] == CLIENTS + 1
    assert [len(change["after"]["qualifications"]) for change in history[1:]] == list(range(1, CLIENTS + 1))
    assert await sequences(client, contact["id"]) == list(range(1, CLIENTS + 2))


async def test_commands_without_a_version_queue_and_are_all_done(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact("排队")
    path = f"/contacts/{contact['id']}/consents"
    bodies = [
        {"channel": f"channel{number}", "purpose": "promotion", "act": "opt_in", "evidence": "x"}
        for number in range(CLIENTS)
    ]
    answers = await asyncio.gather(*(steward.call("POST", path, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await steward.items(path)) == CLIENTS
    assert await sequences(client, contact["id"]) == list(range(1, CLIENTS + 2))


async def sequences(client: ServiceClient, contact_id: str) -> list[int]:
    """The sequences of all events of a contact, in the order of its versions."""
    rows: list[dict[str, Any]] = (
        await client.app.state.edge.database.collection("journal")
        .find({"aggregate_id": contact_id})
        .sort([("version", 1)])
        .to_list(None)
    )
    return [event["sequence"] for row in rows for event in row["events"]]
