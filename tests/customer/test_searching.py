"""Searches over lists, on the real database."""

import pytest
import pytest_asyncio
from chassis.testing import a_manager, a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


async def names(person: Person, path: str) -> list[str]:
    return [one["name"] for one in await person.items(path)]


async def test_a_typo_finds_the_most_similar_in_scope_best_first(steward: Person, client: ServiceClient):
    for name, unit in (
        ("成都市锦江区望江医院", "unt_north"),
        ("成都市锦江区望江门诊部", "unt_north"),
        ("绵阳市望海楼医院", "unt_north"),
        ("成都市锦江区望江口腔医院", "unt_south"),
    ):
        await steward.account(name, unit_id=unit)
    assert (await names(steward, "/accounts?q=锦江区忘江医院"))[0] == "成都市锦江区望江医院"
    assert (await names(steward, "/accounts?q=chengdujinjangwangjiangyiyuan"))[0] == "成都市锦江区望江医院"
    north = await names(Person(client, a_manager()), "/accounts?q=锦江区忘江口腔医院")
    assert "成都市锦江区望江口腔医院" not in north
    assert north
    south = Person(client, a_rep(path=SOUTH))
    assert await names(south, "/accounts?q=锦江区忘江口腔医院") == ["成都市锦江区望江口腔医院"]
    assert (await names(south, "/directory/accounts?q=锦江区忘江医院"))[0] == "成都市锦江区望江医院"
    assert await names(steward, "/accounts?q=锦江区忘江医院&kind=pharmacy") == []
    assert await names(steward, "/accounts?q=呼伦贝尔蒙医院") == []


async def test_what_holds_the_text_comes_alone(steward: Person):
    await steward.account("大理市古城医院")
    await steward.account("大理市故城医院")
    assert await names(steward, "/accounts?q=大理市古城") == ["大理市古城医院"]
    assert set(await names(steward, "/accounts?q=大理市谷城")) == {"大理市古城医院", "大理市故城医院"}
