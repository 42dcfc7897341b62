"""What the company knows is valid FHIR R4, in pages and as lines, for those who may see it and without the erased."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from chassis.testing import a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient
from customer.contacts.affiliations import Affiliation
from customer.contacts.queries import ContactOut
from customer.erasure.model import Erasure
from customer.fhir.resources import practitioner_roles
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.practitionerrole import PractitionerRole

from tests.customer.builders import NOW, TODAY, a_contact, day
from tests.customer.stack import Person, seed

MODELS: dict[str, Any] = {
    "Organization": Organization,
    "Practitioner": Practitioner,
    "PractitionerRole": PractitionerRole,
}


def test_a_period_ends_with_its_last_day_and_a_day_that_never_was_is_none():
    contact = a_contact(since="2024-01-01")
    first = contact.affiliations[0]
    ended = first.model_copy(update={"id": "aff_0", "valid_from": day("2023-01-01"), "valid_to": day("2024-01-01")})
    never = Affiliation(id="aff_9", account_id="acc_A", valid_from=day("2023-01-01"), valid_to=day("2023-01-01"))
    contact.affiliations = [ended, never, first]
    roles = list(practitioner_roles(ContactOut.of(contact, today=TODAY), TODAY))
    assert [(one["id"], one["active"], one["period"]) for one in roles] == [
        ("aff-0", False, {"start": "2023-01-01", "end": "2023-12-31"}),
        ("aff-1", True, {"start": "2024-01-01"}),
    ]


def valid(resources: Sequence[Any]) -> Sequence[Any]:
    for resource in resources:
        MODELS[resource["resourceType"]].model_validate_json(orjson.dumps(resource))
    return resources


async def pages(person: Person, kind: str) -> list[Any]:
    """The resources of all Bundles, two in each."""
    found: list[Any] = []
    path: str | None = f"/fhir/{kind}?limit=2"
    while path is not None:
        answer = await person.call("GET", path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/fhir+json"
        page = answer.json()
        Bundle.model_validate_json(answer.content)
        found += [entry["resource"] for entry in page.get("entry", ())]
        links = {link["relation"]: link["url"] for link in page["link"]}
        path = links["next"].removeprefix("/api/v1") if "next" in links else None
    return list(valid(found))


@pytest.mark.stack
async def test_every_resource_is_valid_in_pages_and_as_lines(client: ServiceClient):
    steward = Person(client)
    gone = a_contact("con_gone", name="消失")
    gone.name, gone.erasure = None, Erasure(at=NOW, by="emp_1", reason="asked for")
    await seed(client, [gone])
    whole = {
        "code": "FHIR0001",
        "division_code": "110101",
        "address": "一路1号",
        "telephone": "010-1",
        "grade": "3A",
        "location": {"lat": 39.9, "lon": 116.4},
    }
    account = await steward.account("完整医院", **whole)
    contact = await steward.contact(
        "王全", at=account["id"], mobile="13800138000", title="主任医师", specialty="心内科", licence="110101199"
    )
    await steward.move(contact["id"], "acc_B", "2026-02-01")
    for number in range(3):
        await steward.contact(f"医生{number}")
    for kind in MODELS:
        paged = await pages(steward, kind)
        answer = await steward.call("GET", f"/fhir/{kind}", accept="application/fhir+ndjson")
        assert answer.headers["content-type"] == "application/fhir+ndjson"
        assert valid([orjson.loads(line) for line in answer.content.splitlines()]) == paged
        assert "gone" not in str(paged)
    organizations = {one["id"]: one for one in await pages(steward, "Organization")}
    shown = organizations[account["id"].replace("_", "-")]
    assert (shown["name"], shown["active"]) == ("完整医院", True)
    assert {one["value"] for one in shown["identifier"]} == {account["id"], "FHIR0001"}
    assert organizations["acc-C"]["active"] is False, "it has been closed"
    roles = [one for one in await pages(steward, "PractitionerRole") if contact["id"][4:] in str(one["practitioner"])]
    assert [(one["organization"]["reference"], one["active"]) for one in roles] == [
        (f"Organization/{account['id'].replace('_', '-')}", False),
        ("Organization/acc-B", True),
    ]
    for reference in ("Organization/acc-A", f"Practitioner/{contact['id'].replace('_', '-')}"):
        answer = await steward.call("GET", f"/fhir/{reference}")
        assert answer.status_code == 200
        valid([answer.json()])


@pytest.mark.stack
async def test_nobody_is_told_of_what_they_do_not_see(client: ServiceClient):
    south = Person(client, a_rep(path=SOUTH))
    assert {one["id"] for one in await pages(south, "Organization")} == {"acc-B", "acc-C"}
    assert (await south.call("GET", "/fhir/Organization/acc-A")).status_code == 404
    assert (await Person(client).call("GET", "/fhir/Practitioner/con-gone")).status_code == 404
