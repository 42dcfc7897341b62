"""Alignments over HTTP, on the real database."""

from typing import Any

import pytest
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.alignments.samples import T1, T2, T3
from tests.customer.stack import Person

pytestmark = pytest.mark.stack


async def aligned(client: ServiceClient, name: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A new hospital of the north and its alignment with the first territory since January."""
    steward = Person(client)
    account = await steward.account(name)
    body = {
        "account_id": account["id"],
        "line_id": "lin_1",
        "unit_id": "unt_t1",
        "employee_id": "emp_1",
        "valid_from": "2026-01-01",
    }
    return account, await steward.make("/alignments", body | more)


async def test_an_alignment_is_made_and_read(client: ServiceClient):
    account, alignment = await aligned(client, "First Hospital")
    assignment = {
        "unit_id": "unt_t1",
        "employee_id": "emp_1",
        "valid_from": "2026-01-01",
        "valid_to": None,
        "realignment_id": None,
    }
    assert alignment["current"] == assignment
    assert (alignment["assignments"], alignment["gaps"], alignment["version"]) == ([assignment], [], 1)
    rep = Person(client, a_rep(path=T1))
    assert await rep.get(f"/alignments/{alignment['id']}") == alignment
    assert await rep.items(f"/alignments?account_id={account['id']}") == [alignment]
    assert [one["after"]["account_id"] for one in await rep.items(f"/alignments/{alignment['id']}/history")] == [
        account["id"]
    ]


async def test_representatives_do_not_write_alignments(client: ServiceClient):
    account, alignment = await aligned(client, "Read Only Hospital")
    rep = Person(client, a_rep(path=T1))
    body = {
        "account_id": account["id"],
        "line_id": "lin_2",
        "unit_id": "unt_t1",
        "employee_id": "emp_1",
        "valid_from": "2026-01-01",
    }
    assert (await rep.call("POST", "/alignments", body)).status_code == 403
    change = {"valid_from": "2026-02-01", "end": True}
    assert (await rep.call("POST", f"/alignments/{alignment['id']}/changes", change)).status_code == 403


async def test_a_second_primary_is_refused_with_what_stands_in_the_way(client: ServiceClient):
    account, alignment = await aligned(client, "Contested Hospital", valid_to="2026-06-01")
    body = {
        "account_id": account["id"],
        "line_id": "lin_1",
        "unit_id": "unt_t2",
        "employee_id": "emp_2",
        "valid_from": "2026-05-31",
    }
    answer = await Person(client).call("POST", "/alignments", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "two_primary_representatives")
    assert answer.json()["overlaps"] == alignment["assignments"]
    follows = await Person(client).make("/alignments", body | {"valid_from": "2026-07-01"})
    assert follows["id"] == alignment["id"]
    assert follows["gaps"] == [{"since": "2026-06-01", "until": "2026-07-01"}]


async def test_who_covers_an_institution_sees_it_and_nobody_else_outside_its_unit(client: ServiceClient):
    account, alignment = await aligned(client, "Seen Hospital", unit_id="unt_t3", employee_id="emp_3")
    path = f"/accounts/{account['id']}"
    assert (await Person(client, a_rep(path=T3)).call("GET", path)).status_code == 200
    assert (await Person(client, a_manager(path=SOUTH)).call("GET", path)).status_code == 200
    assert (await Person(client, a_rep(path=T2)).call("GET", path)).status_code == 404
    change = {"valid_from": "2026-02-01", "unit_id": "unt_t2", "employee_id": "emp_2", "reason": "balance"}
    answer = await Person(client).call("POST", f"/alignments/{alignment['id']}/changes", change)
    assert answer.status_code == 200, answer.text
    assert (await Person(client, a_rep(path=T3)).call("GET", path)).status_code == 404
    assert (await Person(client, a_rep(path=T3)).call("GET", f"/alignments/{alignment['id']}")).status_code == 404
    assert (await Person(client, a_rep(path=T2)).call("GET", path)).status_code == 200


async def test_alignments_are_asked_for_as_of_a_date_and_as_believed(client: ServiceClient):
    steward = Person(client)
    account, alignment = await aligned(client, "Time Hospital")
    path = f"/alignments/{alignment['id']}"
    believed = alignment["recorded_at"].replace("+00:00", "Z")
    change = {"valid_from": "2026-02-01", "unit_id": "unt_t2", "employee_id": "emp_2"}
    assert (await steward.call("POST", f"{path}/changes", change)).status_code == 200

    async def unit(query: str) -> str | None:
        current = (await steward.get(f"{path}?{query}"))["current"]
        return current and current["unit_id"]

    assert await unit("") == "unt_t2"
    assert await unit("as_of=2026-01-31") == "unt_t1"
    assert await unit("as_of=2025-12-31") is None
    assert await unit(f"as_of=2026-02-01&known_at={believed}") == "unt_t1"

    async def listed(query: str) -> int:
        return len(await steward.items(f"/alignments?account_id={account['id']}&{query}"))

    assert await listed("unit_id=unt_t2") == 1
    assert await listed("unit_id=unt_t1") == 0
    assert await listed("unit_id=unt_t1&as_of=2026-01-31") == 1
    assert await listed("unit_id=unt_north&as_of=2026-01-31") == 1
    assert await listed("unit_id=unt_south") == 0
    assert await listed("as_of=2025-12-31") == 0
    assert await listed(f"unit_id=unt_t1&as_of=2026-02-01&known_at={believed}") == 1
    assert await listed(f"unit_id=unt_t2&as_of=2026-02-01&known_at={believed}") == 0
    assert await listed("known_at=2020-01-01T00:00:00Z") == 0
    answer = await steward.call("GET", "/alignments?known_at=2199-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["violations"][0]["field"]) == (400, "known_at")


async def test_the_version_is_judged_when_it_is_sent(client: ServiceClient):
    _, alignment = await aligned(client, "Version Hospital")
    change = {"valid_from": "2026-02-01", "end": True}
    answer = await Person(client).call("POST", f"/alignments/{alignment['id']}/changes", change, if_match='"7"')
    assert answer.status_code == 412
