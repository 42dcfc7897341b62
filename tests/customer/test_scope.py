"""No row outside the caller's scope is ever shown, in any form."""

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep, a_steward, an_admin, an_auditor, an_hq
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def northern(client: ServiceClient) -> dict[str, str]:
    """Ids of an institution, a contact and an employee of the north, each with something only it has."""
    steward, admin = Person(client), Person(client, an_admin())
    account = await steward.account("北方医院", code="NORTH-1", location={"lat": 45.0, "lon": 126.0})
    contact = await steward.contact("北方人", at=account["id"], mobile="13500135000")
    hired = await admin.make(
        "/employees", {"name": "x", "username": "north.one", "roles": ["rep"], "unit_id": "unt_north"}
    )
    return {"account": account["id"], "contact": contact["id"], "employee": hired["id"]}


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/{account}",
        "/accounts/{account}?as_of=2026-01-01",
        "/accounts/{account}/history",
        "/contacts/{contact}",
        "/contacts/{contact}/affiliations",
        "/contacts/{contact}/affiliations?as_of=2026-01-01",
        "/contacts/{contact}/history",
        "/employees/{employee}",
        "/units/unt_north",
        "/units/unt_hq",
    ],
)
async def test_what_another_region_has_is_absent_exactly_as_what_nobody_has(
    client: ServiceClient, northern: dict[str, str], path: str
):
    south = Person(client, a_manager(path=SOUTH))
    answer = await south.call("GET", path.format(**northern))
    absent = await south.call("GET", path.format(account="acc_no", contact="con_no", employee="emp_no"))
    assert answer.status_code == 404
    told, nothing = answer.json(), absent.json()
    assert (told["type"], told["title"], told["code"]) == (nothing["type"], nothing["title"], nothing["code"])
    assert "北方" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/accounts?limit=500",
        "/accounts?q=beifang",
        "/accounts?q=NORTH-1",
        "/accounts?near=45,126,5",
        "/accounts?unit_id=unt_north",
        "/accounts?unit_id=unt_hq",
        "/accounts?stage=prospect&kind=hospital&sort=name",
        "/contacts?limit=500",
        "/contacts?q=北方人",
        "/contacts?account_id={account}",
        "/employees?limit=500",
        "/employees?unit_id=unt_north",
        "/employees?username=north.one",
        "/units?parent_id=unt_hq",
        "/units?limit=500",
    ],
)
async def test_no_list_holds_a_row_of_another_region(client: ServiceClient, northern: dict[str, str], path: str):
    path = path.format(**northern)
    mine = {*northern.values(), "unt_north", "unt_hq"}
    assert mine & {row["id"] for row in await Person(client, a_steward()).items(path)}
    for stranger in (a_manager(path=SOUTH), a_rep(path=SOUTH + "unt_t9/"), a_rep(path=NORTH + "unt_t9/")):
        assert not mine & {row["id"] for row in await Person(client, stranger).items(path)}


@pytest.mark.parametrize("principal", [a_steward(), an_hq(), an_admin(), an_auditor()])
async def test_company_wide_roles_see_every_region(client: ServiceClient, northern: dict[str, str], principal):
    person = Person(client, principal)
    assert (await person.get(f"/accounts/{northern['account']}"))["code"] == "NORTH-1"
    assert (await person.get(f"/contacts/{northern['contact']}"))["name"] == "北方人"


async def test_a_contact_that_moved_away_is_seen_where_it_went(client: ServiceClient):
    steward = Person(client)
    contact = await steward.contact("搬家人")
    north, south = Person(client, a_manager()), Person(client, a_manager(path=SOUTH))
    path = f"/contacts/{contact['id']}"
    assert (await south.call("GET", path)).status_code == 404
    await steward.move(contact["id"], "acc_B", "2026-02-01")
    assert (await north.call("GET", path)).status_code == 404
    assert (await south.get(path))["name"] == "搬家人"
    assert len(await south.items(f"{path}/affiliations")) == 2


async def test_a_page_of_one_region_cannot_be_continued_in_another(client: ServiceClient):
    page = await Person(client).get("/accounts?limit=1&sort=name")
    answer = await Person(client, a_manager(path=SOUTH)).call(
        "GET", f"/accounts?limit=500&sort=name&cursor={page['next']}"
    )
    rows = answer.json().get("items", [])
    assert {row["unit_id"] for row in rows} <= {"unt_south"}
