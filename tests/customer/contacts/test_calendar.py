"""Planned moves take effect by themselves while the service runs."""

import asyncio
from datetime import timedelta

import pytest
from chassis.clock import FixedClock
from chassis.testing import a_manager
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import running
from customer.app import service

from tests.customer.builders import NOW, TODAY, a_contact, a_unit, an_account, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

WITHIN_S = 20.0


async def test_a_region_sees_a_contact_no_more_after_the_day_of_a_planned_move(
    database_uri: str, database_name: str, broker_address: str, topics: str
):
    contact = a_contact()
    contact.move(account_id="acc_B", department_id=None, role=None, on=TODAY + timedelta(days=2), evidence=None)
    contact.show_to([*a_unit(NORTH).visible, *a_unit(SOUTH).visible], TODAY)
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        clock=FixedClock(NOW),
    ) as client:
        await seed(client, [*the_units(), an_account("acc_A"), an_account("acc_B", path=SOUTH), contact])
        assert len(await Person(client, a_manager()).items("/contacts")) == 1
    async with running(
        service,
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topics,
        reactions=True,
        clock=FixedClock(NOW + timedelta(days=2)),
    ) as client:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if not await Person(client, a_manager()).items("/contacts"):
                    break
                await asyncio.sleep(0.1)
        assert len(await Person(client, a_manager(path=SOUTH)).items("/contacts")) == 1
