"""The influence network as each caller may see it, on the real database."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

Network = dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(client: ServiceClient) -> Network:
    """a → b → c → d in the north, with c in the south, and x → a; ids by letter."""
    steward = Person(client)
    places = {"a": "acc_A", "b": "acc_A", "c": "acc_B", "d": "acc_A", "x": "acc_A"}
    ids = {name: (await steward.contact(f"人{name}", at=place))["id"] for name, place in places.items()}
    for source, target, strength, since in (
        ("a", "b", 5, "2026-03-01"),
        ("b", "c", 4, "2026-03-01"),
        ("c", "d", 4, "2026-03-01"),
        ("x", "a", 4, "2025-03-01"),
        ("d", "a", 1, "2024-01-01"),
    ):
        await edge(steward, ids[source], ids[target], strength=strength, valid_from=since)
    return ids


async def edge(steward: Person, source: str, target: str, **more: Any) -> Any:
    body = {"from_contact_id": source, "to_contact_id": target, "type": "teaches", "source": "congress"} | more
    return await steward.make("/influence/edges", body)


def shown(network: Any, ids: Network) -> tuple[set[str], set[tuple[str, str]]]:
    letters = {identifier: name for name, identifier in ids.items()}
    influences = {(letters[one["from_contact_id"]], letters[one["to_contact_id"]]) for one in network["influences"]}
    return {f"{letters[one['id']]}{one['distance']}" for one in network["people"]}, influences


async def test_the_network_grows_with_its_depth_and_leaves_out_what_has_faded(client: ServiceClient, people: Network):
    steward = Person(client)
    path = f"/contacts/{people['a']}/influence"
    assert shown(await steward.get(path), people) == ({"a0", "b1", "x1"}, {("a", "b"), ("x", "a")})
    assert shown(await steward.get(f"{path}?depth=3"), people) == (
        {"a0", "b1", "x1", "c2", "d3"},
        {("a", "b"), ("x", "a"), ("b", "c"), ("c", "d")},
    )


async def test_the_network_is_that_of_the_date_asked_about(client: ServiceClient, people: Network):
    path = f"/contacts/{people['a']}/influence?depth=3&as_of="
    assert shown(await Person(client).get(path + "2024-06-01"), people) == ({"a0", "d1"}, {("d", "a")})
    assert shown(await Person(client).get(path + "2023-06-01"), people) == ({"a0"}, set())
    (old,) = (await Person(client).get(f"/contacts/{people['x']}/influence?as_of=2026-03-01"))["influences"]
    assert (old["strength"], old["effective"], old["confirmed_on"], old["source"]) == (4, 2.0, "2025-03-01", "congress")


async def test_nobody_is_met_through_somebody_out_of_scope(client: ServiceClient, people: Network):
    north = Person(client, a_manager())
    assert shown(await north.get(f"/contacts/{people['a']}/influence?depth=3"), people) == (
        {"a0", "b1", "x1"},
        {("a", "b"), ("x", "a")},
    )
    south = Person(client, a_manager(path=SOUTH))
    assert shown(await south.get(f"/contacts/{people['c']}/influence?depth=3"), people) == ({"c0"}, set())
    assert (await south.call("GET", f"/contacts/{people['a']}/influence")).status_code == 404


async def test_an_influence_is_seen_by_who_sees_both_persons(client: ServiceClient, people: Network):
    steward = Person(client)
    influences = (await steward.get(f"/contacts/{people['b']}/influence"))["influences"]
    across = next(one["id"] for one in influences if one["to_contact_id"] == people["c"])
    within = next(one["id"] for one in influences if one["to_contact_id"] == people["b"])
    north = Person(client, a_manager())
    assert (await north.get(f"/influence/edges/{within}"))["id"] == within
    for person in (north, Person(client, a_manager(path=SOUTH))):
        assert (await person.call("GET", f"/influence/edges/{across}")).status_code == 404
    assert (await steward.call("GET", "/influence/edges/inf_none")).status_code == 404


async def test_the_reach_of_one_more_person(client: ServiceClient, people: Network):
    steward = Person(client)
    answer = await steward.get(f"/influence/reach?ids={people['d']}&add={people['b']}&as_of=2026-03-01")
    assert (answer["before"], answer["after"], answer["gain"]) == (1.0, 2.4, 1.4)
    letters = {identifier: name for name, identifier in people.items()}
    assert [(letters[one["id"]], one["before"], one["after"]) for one in answer["gained"]] == [
        ("b", 0, 1),
        ("c", 0, 0.4),
    ]
    both = await steward.get(f"/influence/reach?ids={people['d']}&ids={people['x']}&add={people['d']}")
    assert both["gain"] == 0
    assert "strength / 10" in both["formula"]


async def test_reach_counts_only_people_in_scope(client: ServiceClient, people: Network):
    north = Person(client, a_manager())
    answer = await north.get(f"/influence/reach?ids={people['x']}&add={people['b']}")
    assert (answer["gain"], answer["people"]) == (0.9, 3)  # b certainly, who was reached with 0.2 × 0.5 before
    unknown = await north.call("GET", f"/influence/reach?ids={people['x']}&add={people['c']}")
    assert (unknown.status_code, unknown.json()["violations"][0]["field"]) == (422, "add")


async def test_representatives_do_not_write_influences(client: ServiceClient, people: Network):
    body = {"from_contact_id": people["a"], "to_contact_id": people["d"], "type": "x", "strength": 1, "source": "x"}
    assert (await Person(client, a_rep()).call("POST", "/influence/edges", body)).status_code == 403


@pytest.mark.parametrize("query", ["depth=0", "depth=4", "depth=x", "as_of=today", "surprise=1"])
async def test_what_cannot_be_asked(client: ServiceClient, people: Network, query: str):
    assert (await Person(client).call("GET", f"/contacts/{people['a']}/influence?{query}")).status_code == 400


async def test_of_many_equal_influences_recorded_at_once_one_is_stored(client: ServiceClient):
    steward = Person(client)
    one, other = (await steward.contact("同一"))["id"], (await steward.contact("同二"))["id"]
    body = {"from_contact_id": one, "to_contact_id": other, "type": "x", "strength": 1, "source": "x"}
    answers = await asyncio.gather(*(steward.call("POST", "/influence/edges", body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len((await steward.get(f"/contacts/{one}/influence"))["influences"]) == 1


async def test_influences_and_consents_of_merged_entries_are_those_of_the_survivor(client: ServiceClient):
    steward = Person(client)
    one, twin, pupil = [(await steward.contact(name))["id"] for name in ("并甲", "并乙", "并丙")]
    await edge(steward, twin, pupil, strength=5, valid_from="2026-03-01")
    consent = {"channel": "sms", "purpose": "promotion", "act": "opt_in", "evidence": "x", "on": "2026-02-01"}
    await steward.make(f"/contacts/{one}/consents", consent)
    await steward.make(f"/contacts/{twin}/consents", consent | {"act": "withdrawal", "on": "2026-02-10"})
    await steward.make("/merges", {"kind": "contact", "survivor_id": one, "merged_id": twin})
    network = await steward.get(f"/contacts/{one}/influence")
    assert {each["id"] for each in network["people"]} == {one, pupil}
    assert [(each["from_contact_id"], each["to_contact_id"]) for each in network["influences"]] == [(one, pupil)]
    seen_from_the_pupil = await steward.get(f"/contacts/{pupil}/influence")
    assert {each["id"] for each in seen_from_the_pupil["people"]} == {one, pupil}
    (standing,) = await steward.items(f"/contacts/{one}/consents")
    assert (standing["state"], standing["allowed"], len(standing["entries"])) == ("withdrawn", False, 2)
    moved = await steward.call("GET", f"/contacts/{twin}/consents")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/api/v1/contacts/{one}/consents")
