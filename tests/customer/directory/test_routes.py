"""The directory over HTTP, on the real database."""

import pytest
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


async def test_every_employee_finds_every_institution_by_a_few_facts(client: ServiceClient):
    steward, rep = Person(client), Person(client, a_rep())
    there = await steward.account(
        "目录医院", unit_id="unt_south", code="DIR-1", division_code="440304", beds=900, telephone="020-1"
    )
    assert (await rep.call("GET", f"/accounts/{there['id']}")).status_code == 404
    assert await rep.items("/directory/accounts?q=mulu") == [
        {
            "id": there["id"],
            "name": "目录医院",
            "code": "DIR-1",
            "kind": "hospital",
            "grade": "ungraded",
            "division_code": "440304",
        }
    ]


async def test_the_directory_is_paged(client: ServiceClient):
    rep = Person(client, a_rep())
    everything = [one["id"] for one in await rep.items("/directory/accounts")]
    assert {"acc_A", "acc_B", "acc_C"} <= {*everything}
    first = await rep.get("/directory/accounts?limit=2")
    rest = await rep.get(f"/directory/accounts?cursor={first['next']}")
    assert [one["id"] for one in (*first["items"], *rest["items"])] == everything
