"""Planned assignments come into force by themselves while the service runs."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from chassis.clock import FixedClock
from chassis.testing import a_rep
from chassis.testing.service import running
from customer.app import service

from tests.customer.alignments.samples import T1, T3, the_field
from tests.customer.builders import NOW, TODAY, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

WITHIN_S = 30.0


async def test_on_its_date_a_planned_change_shows_the_institution_to_the_new_territory_and_hides_it_from_the_old(
    database_uri: str, database_name: str, broker_address: str, topics: str
):
    ground: dict[str, Any] = {
        "database_uri": database_uri,
        "database_name": database_name,
        "broker_address": broker_address,
        "topic_prefix": topics,
    }
    old, new, on = a_rep(path=T1), a_rep(path=T3), TODAY + timedelta(days=2)
    async with running(service, **ground, clock=FixedClock(NOW)) as client:
        await seed(client, [*the_units(), *the_field()])
        steward = Person(client)
        account = await steward.account("Planned Hospital", unit_id="unt_hq")
        body = {"account_id": account["id"], "line_id": "lin_1", "unit_id": "unt_t1", "employee_id": "emp_1"}
        alignment = await steward.make("/alignments", body | {"valid_from": "2026-01-01"})
        change = {"valid_from": str(on), "unit_id": "unt_t3", "employee_id": "emp_3"}
        answer = await steward.call("POST", f"/alignments/{alignment['id']}/changes", change)
        assert answer.status_code == 200, answer.text
        assert len(await Person(client, old).items("/accounts")) == 1
        assert await Person(client, new).items("/accounts") == []
    async with running(service, **ground, reactions=True, clock=FixedClock(NOW + timedelta(days=2))) as client:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if await Person(client, new).items("/accounts"):
                    break
                await asyncio.sleep(0.1)
        assert await Person(client, old).items("/accounts") == []
        assert await Person(client, old).items("/alignments") == []
        assert [one["current"]["unit_id"] for one in await Person(client, new).items("/alignments")] == ["unt_t3"]
