"""Merging over HTTP, on the real database: redirects, refusals, previews that change nothing, overlapping commits."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from chassis.journal import Cause
from chassis.refusals import Refusal
from chassis.testing import a_manager, a_rep, a_steward
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from chassis.work import UnitOfWork
from customer.accounts.model import Account
from customer.merging.merge_entries import MergeEntries, merge_entries

from tests.customer.stack import Person, documents

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


async def pair(steward: Person, name: str, **second: Any) -> tuple[Any, Any]:
    """Two hospitals, the second in the south, with a department and a doctor each."""
    one = await steward.account(f"{name} one", code=None, departments=[{"name": "Ward"}], beds=10)
    more = {"departments": [{"name": "Clinic"}], "unit_id": "unt_south", "beds": 20} | second
    return one, await steward.account(f"{name} two", **more)


async def merged(steward: Person, one: Any, two: Any, **fields: Any) -> Any:
    body = {"kind": "account", "survivor_id": one["id"], "merged_id": two["id"], "fields": fields}
    return await steward.make("/merges", body)


async def test_what_was_merged_redirects_to_its_survivor_whoever_sees_that_one(client: ServiceClient, steward: Person):
    one, two = await pair(steward, "Redirect")
    merge = await merged(steward, one, two, beds="merged")
    answer = await steward.call("GET", f"/accounts/{two['id']}?as_of=2026-02-01")
    assert (answer.status_code, answer.content) == (308, b"")
    assert answer.headers["location"] == f"/api/v1/accounts/{one['id']}?as_of=2026-02-01"
    assert (await steward.get(f"/accounts/{one['id']}"))["beds"] == 20
    assert (await Person(client, a_manager(NORTH)).call("GET", f"/accounts/{two['id']}")).status_code == 308
    assert (await Person(client, a_manager(SOUTH)).call("GET", f"/accounts/{two['id']}")).status_code == 404
    believed = await steward.call("GET", f"/accounts/{two['id']}?known_at=2020-01-01T00:00:00Z")
    assert believed.status_code == 404
    history = await steward.items(f"/accounts/{two['id']}/history")
    assert history[-1]["events"] == ["customer.account-merged.v1"]
    for listed in ("/accounts", "/directory/accounts"):
        assert [row["id"] for row in await steward.items(f"{listed}?q=Redirect")] == [one["id"]]
    shown = await steward.get(f"/merges/{merge['id']}")
    assert shown == merge
    assert shown["id"] in [row["id"] for row in await steward.items(f"/merges?survivor_id={one['id']}")]
    third = await steward.account("Redirect three")
    await merged(steward, third, one)
    answer = await steward.call("GET", f"/accounts/{two['id']}")
    assert answer.headers["location"] == f"/api/v1/accounts/{third['id']}"


async def test_a_write_to_what_was_merged_is_refused(steward: Person):
    one, two = await pair(steward, "Refused")
    await merged(steward, one, two)
    for method, path, body in (
        ("PATCH", f"/accounts/{two['id']}", {"beds": 1}),
        ("POST", f"/accounts/{two['id']}/stage", {"stage": "developing", "reason": "x"}),
    ):
        answer = await steward.call(method, path, body, if_match="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "merged")
        assert answer.json()["survivor_id"] == one["id"]
    body = {"name": "x", "affiliation": {"account_id": two["id"]}}
    answer = await steward.call("POST", "/contacts", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "merged")


async def test_merges_that_cannot_be(steward: Person, client: ServiceClient):
    one, two = await pair(steward, "Impossible")

    async def tried(survivor: str, gone: str, kind: str = "account", **more: Any) -> tuple[int, str]:
        body = {"kind": kind, "survivor_id": survivor, "merged_id": gone, **more}
        answer = await steward.call("POST", "/merges", body)
        return answer.status_code, answer.json()["code"]

    assert await tried(one["id"], one["id"]) == (422, "self_merge")
    assert await tried(one["id"], "acc_0none") == (422, "unknown_reference")
    assert await tried(one["id"], "con_0none") == (422, "unknown_reference")
    assert await tried(one["id"], two["id"], fields={"mobile": "merged"}) == (422, "unknown_field")
    assert await tried(one["id"], two["id"], fields={"beds": "both"}) == (400, "invalid_request")
    assert await tried(one["id"], two["id"], fields={"nothing": "merged"}) == (400, "invalid_request")
    assert await tried(one["id"], two["id"], kind="visit") == (400, "invalid_request")
    await merged(steward, one, two)
    assert await tried(one["id"], two["id"]) == (409, "merged")
    assert await tried(two["id"], one["id"]) == (409, "merged")
    body = {"kind": "account", "survivor_id": one["id"], "merged_id": two["id"]}
    assert (await Person(client, a_rep()).call("POST", "/merges", body)).status_code == 403


async def test_a_rehearsal_shows_exactly_what_is_done_and_changes_nothing(client: ServiceClient, steward: Person):
    one, two = await pair(steward, "Rehearsed")
    doctor = await steward.contact(at=two["id"])
    merge = await merged(steward, one, two, beds="merged")
    await steward.call("PATCH", f"/accounts/{one['id']}", {"beds": 33, "grade": "2A"}, if_match="*")
    since = await steward.contact(name="乙", at=one["id"])
    assign = {since["affiliations"][0]["id"]: "merged"}
    before = await documents(client)
    path = f"/merges/{merge['id']}/undo"
    rehearsal = await steward.call("POST", f"{path}?dry_run=true", {"assign": assign})
    assert (rehearsal.status_code, rehearsal.headers["etag"]) == (200, '"1"')
    assert await documents(client) == before
    assert (await steward.get(f"/merges/{merge['id']}")) == merge
    assert (await steward.get(f"/accounts/{one['id']}"))["beds"] == 33
    done = await steward.call("POST", path, {"assign": assign})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    told, rehearsed = done.json(), rehearsal.json()
    assert (rehearsed.pop("dry_run"), told.pop("dry_run")) == (True, False)
    assert rehearsed == told
    edited = {each["field"]: each["edit_to"] for each in told["undone"]["fields"] if each["edited"]}
    assert edited == {"beds": "merged", "grade": "both"}
    again = {name: (await steward.get(f"/accounts/{each['id']}")) for name, each in (("one", one), ("two", two))}
    assert (again["one"]["beds"], again["two"]["beds"]) == (10, 33)
    assert again["two"]["departments"] == two["departments"]
    for each in (doctor, since):
        places = await steward.items(f"/contacts/{each['id']}/affiliations")
        assert [place["account_id"] for place in places] == [two["id"]]
    repeated = await steward.call("POST", path, {"assign": {}})
    assert (repeated.status_code, repeated.json()["code"]) == (409, "already_undone")


async def test_undoing_obeys_versions_and_order(steward: Person):
    one, two = await pair(steward, "Ordered")
    first = await merged(steward, one, two)
    third = await steward.account("Ordered three")
    second = await merged(steward, one, third)
    early = await steward.call("POST", f"/merges/{first['id']}/undo", {})
    assert (early.status_code, early.json()["code"], early.json()["merges"]) == (409, "later_merge", [second["id"]])
    stale = await steward.call("POST", f"/merges/{second['id']}/undo", {}, if_match='"9"')
    assert stale.status_code == 412
    strange = await steward.call("POST", f"/merges/{second['id']}/undo", {"assign": {"dep_0none": "merged"}})
    assert (strange.status_code, strange.json()["code"]) == (422, "not_made_since")
    for merge in (second, first):
        assert (await steward.call("POST", f"/merges/{merge['id']}/undo", {})).status_code == 200
    assert (await steward.call("POST", "/merges/mrg_0none/undo", {})).status_code == 404


async def test_contacts_merge_and_part_again_with_all_that_is_personal(steward: Person):
    one = await steward.contact(name="王小明", mobile="13900139001")
    two = await steward.contact(name="王晓明", at="acc_B", mobile="13900139002", since="2020-01-01")
    fields = {"name": "merged", "mobile": "merged"}
    body = {"kind": "contact", "survivor_id": one["id"], "merged_id": two["id"], "fields": fields}
    merge = await steward.make("/merges", body)
    shown = await steward.get(f"/contacts/{one['id']}")
    assert (shown["name"], shown["mobile"]) == ("王晓明", "+8613900139002")
    answer = await steward.call("GET", f"/contacts/{two['id']}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/api/v1/contacts/{one['id']}")
    assert two["id"] not in [row["id"] for row in await steward.items("/contacts?limit=500")]
    undone = await steward.call("POST", f"/merges/{merge['id']}/undo", {})
    assert undone.status_code == 200, undone.text
    assert "小明" not in undone.text
    for each in (one, two):
        again = await steward.get(f"/contacts/{each['id']}")
        assert (again["name"], again["mobile"]) == (each["name"], each["mobile"])
        assert again["affiliations"] == each["affiliations"]


async def test_a_repeated_request_with_the_same_key_merges_once(steward: Person):
    one, two = await pair(steward, "Repeated")
    body = {"kind": "account", "survivor_id": one["id"], "merged_id": two["id"]}
    answers = await asyncio.gather(*(steward.call("POST", "/merges", body, idempotency_key="m") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


async def overlapping(client: ServiceClient, *commands: MergeEntries) -> list[str]:
    """What becomes of merges that have all read both of their entries before any of them has written."""
    meet = asyncio.Barrier(len(commands))

    async def attempt(command: MergeEntries) -> str:
        tries = 0

        async def action(work: UnitOfWork) -> Any:
            nonlocal tries
            tries += 1
            if tries == 1:
                for identifier in (command.survivor_id, command.merged_id):
                    await work.find_one(Account, {"_id": identifier})
                await meet.wait()
            return await merge_entries(command, work)

        try:
            await client.app.state.edge.works.run(action, principal=a_steward(), cause=Cause(command="test"))
        except Refusal as refusal:
            return refusal.code
        return "done"

    return await asyncio.gather(*(attempt(command) for command in commands))


async def test_two_merges_that_would_make_a_circle_leave_one(client: ServiceClient, steward: Person):
    one, two = await pair(steward, "Circle")
    outcomes = await overlapping(
        client,
        MergeEntries(kind="account", survivor_id=one["id"], merged_id=two["id"]),
        MergeEntries(kind="account", survivor_id=two["id"], merged_id=one["id"]),
    )
    assert sorted(outcomes) == ["done", "merged"]


async def test_three_merges_in_a_ring_leave_a_way_out(client: ServiceClient, steward: Person):
    ring = [(await steward.account(f"Ring {number}"))["id"] for number in range(3)]
    commands = [MergeEntries(kind="account", survivor_id=ring[at], merged_id=ring[(at + 1) % 3]) for at in range(3)]
    assert "done" in await overlapping(client, *commands)
    collection = client.app.state.edge.database.collection("accounts")
    rows = {row["_id"]: row["survivor_id"] async for row in collection.find({"_id": {"$in": ring}})}
    for start in ring:
        way = [start]
        while rows[way[-1]] is not None:
            assert rows[way[-1]] not in way
            way.append(rows[way[-1]])


async def test_a_doctor_registered_while_the_institution_is_merged_is_not_lost(client: ServiceClient, steward: Person):
    one, two = await pair(steward, "Meanwhile")
    body = {"name": "x", "affiliation": {"account_id": two["id"]}}
    merging = merged(steward, one, two)
    answers = await asyncio.gather(merging, *(steward.call("POST", "/contacts", body) for _ in range(4)))
    for answer in answers[1:]:
        if answer.status_code == 201:
            places = await steward.items(f"/contacts/{answer.json()['id']}/affiliations")
            assert [place["account_id"] for place in places] == [one["id"]]
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "merged")
