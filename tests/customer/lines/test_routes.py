"""Product lines over HTTP, on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import a_rep, an_admin
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def admin(client: ServiceClient) -> Person:
    return Person(client, an_admin())


async def test_every_employee_knows_the_lines(client: ServiceClient, admin: Person):
    line = await admin.make("/lines", {"name": "Gastro", "code": "GASTRO"})
    rep = Person(client, a_rep())
    assert line == {"id": line["id"], "name": "Gastro", "code": "GASTRO", "version": 1}
    assert await rep.get(f"/lines/{line['id']}") == line
    assert await rep.items("/lines?code=GASTRO") == [line]
    assert (await rep.call("GET", "/lines/lin_absent")).status_code == 404


async def test_only_administrators_write_lines(client: ServiceClient):
    for person in (Person(client), Person(client, a_rep())):
        answer = await person.call("POST", "/lines", {"name": "x", "code": "X"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_line_is_renamed_and_remembers_its_former_name(admin: Person):
    line = await admin.make("/lines", {"name": "Paed", "code": "PAED"})
    path = f"/lines/{line['id']}"
    assert (await admin.call("PATCH", path, {"name": "x"})).status_code == 428
    assert (await admin.call("PATCH", path, {"name": "x"}, if_match='"7"')).status_code == 412
    answer = await admin.call("PATCH", path, {"name": "Paediatrics"}, if_match='"1"')
    assert (answer.status_code, answer.headers["etag"], answer.json()["name"]) == (200, '"2"', "Paediatrics")
    opened, renamed = await admin.items(f"{path}/history")
    assert (opened["after"]["name"], renamed["changed"]) == ("Paed", ["name"])
    assert (renamed["before"], renamed["after"]) == ({"name": "Paed"}, {"name": "Paediatrics"})


async def test_a_taken_code_is_a_conflict(admin: Person):
    await admin.make("/lines", {"name": "Card", "code": "CARD"})
    answer = await admin.call("POST", "/lines", {"name": "Other", "code": "CARD"})
    assert (answer.status_code, answer.json()["code"]) == (409, "line_code_taken")
