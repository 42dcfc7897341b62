"""The alignment of an institution reaches its contacts over the real broker."""

import asyncio

import pytest
from chassis.clock import FixedClock
from chassis.testing import a_manager
from chassis.testing.principals import SOUTH
from chassis.testing.service import running
from customer.app import service

from tests.customer.builders import NOW, an_account, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

WITHIN_S = 20.0


async def test_contacts_follow_an_institution_to_another_region(
    database_uri: str, database_name: str, broker_address: str, topics: str
):
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        relay=True,
        reactions=True,
        clock=FixedClock(NOW),
    ) as client:
        await seed(client, [*the_units(), an_account("acc_S", path=SOUTH)])
        steward, south = Person(client), Person(client, a_manager(path=SOUTH))
        place = await steward.account("Wandering Hospital")
        contacts = [(await steward.contact(at=place["id"]))["id"] for _ in range(3)]
        assert await south.items("/contacts") == []
        answer = await steward.call("PATCH", f"/accounts/{place['id']}", {"unit_id": "unt_south"}, if_match='"1"')
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(WITHIN_S):
            while True:
                seen = await south.items("/contacts")
                if len(seen) == len(contacts):
                    break
                await asyncio.sleep(0.1)
        assert {one["id"] for one in seen} == {*contacts}
        assert await Person(client, a_manager()).items("/contacts") == []
