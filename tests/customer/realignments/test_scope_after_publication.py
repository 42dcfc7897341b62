"""Who sees institutions, contacts and visits before, while and after a realignment comes into force, over the broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.principal import Principal
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient, running
from contracts.values import Stamp
from customer.app import service as customer
from visits.app import service as visits
from visits.known.model import KnownEmployee, Position
from visits.visits.model import Visit

from tests.customer.alignments.samples import T1, T2, T3, the_field
from tests.customer.builders import NOW, TODAY, a_contact, day, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

WITHIN_S = 40.0
CONTACTS, VISITS = 250, 450
"""More than a batch of restamping each."""

OLD, BYSTANDER, NEW = (a_rep(path, employee_id=who) for path, who in ((T1, "emp_1"), (T2, "emp_2"), (T3, "emp_3")))


@dataclass
class Ground:
    """Both services on one broker."""

    customer: ServiceClient
    visits: ServiceClient
    account_id: str

    async def seen(self, principal: Principal) -> dict[str, int]:
        """How many institutions, contacts and visits somebody is shown."""
        return {
            "accounts": await count(self.customer, principal, "/accounts"),
            "contacts": await count(self.customer, principal, "/contacts"),
            "visits": await count(self.visits, principal, "/visits"),
        }


async def count(client: ServiceClient, principal: Principal, path: str) -> int:
    """The length of a list, page after page."""
    person, total, cursor = Person(client, principal), 0, ""
    while True:
        page = await person.get(f"{path}?limit=500{cursor}")
        total += len(page["items"])
        if page["next"] is None:
            return total
        cursor = f"&cursor={page['next']}"


@pytest_asyncio.fixture(loop_scope="session")
async def ground(database_uri: str, database_name: str, broker_address: str, topics: str) -> AsyncIterator[Ground]:
    """A hospital that the head office owns and the first territory covers, with its contacts and visits."""
    more: dict[str, Any] = {
        "database_uri": database_uri,
        "broker_address": broker_address,
        "topic_prefix": topics,
        "relay": True,
        "reactions": True,
        "clock": FixedClock(NOW),
    }
    async with AsyncExitStack() as opened:
        place = await opened.enter_async_context(running(customer, database_name=database_name, **more))
        field = await opened.enter_async_context(running(visits, database_name=f"{database_name}_visits", **more))
        await seed(place, [*the_units(), *the_field()])
        steward = Person(place)
        account_id = (await steward.account("Moving Hospital", unit_id="unt_hq"))["id"]
        body = {"account_id": account_id, "line_id": "lin_1", "unit_id": "unt_t1", "employee_id": "emp_1"}
        await steward.make("/alignments", body | {"valid_from": "2026-01-01"})
        account = await place.app.state.edge.database.collection("accounts").find_one({"_id": account_id})
        contacts = [a_contact(f"con_{number}", at=account_id) for number in range(CONTACTS)]
        for contact in contacts:
            contact.visible = [Stamp(**stamp) for stamp in account["visible"]]
        rows = [one.dump() | {"version": 1} for one in contacts]
        await place.app.state.edge.database.collection("contacts").insert_many(rows)
        await furnish(field, account_id, account["visible"])
        yield Ground(place, field, account_id)


async def furnish(field: ServiceClient, account_id: str, stamps: list[Any]) -> None:
    """Visits of the representative of the first territory, once the visits service has heard of its institution."""
    database = field.app.state.edge.database
    position = Position(unit_id="unt_t1", unit_path=T1, valid_from=day("2020-01-01"))
    await database.collection("known_employees").insert_one(KnownEmployee(id="emp_1", positions=[position]).dump())
    async with asyncio.timeout(WITHIN_S):
        while True:
            if await database.collection("known_accounts").find_one({"_id": account_id, "visible": stamps}):
                break
            await asyncio.sleep(0.1)
    rows = []
    for number in range(VISITS):
        visit, _ = Visit.plan(
            visit_id=f"vis_{number:04d}",
            account_id=account_id,
            employee_id="emp_1",
            unit_id="unt_t1",
            unit_path=T1,
            planned_at=NOW + timedelta(minutes=number),
            planned_on=TODAY,
            contact_ids=[],
            account_stamps=[Stamp(**stamp) for stamp in stamps],
        )
        rows.append(visit.dump() | {"version": 1})
    await database.collection("visits").insert_many(rows)


async def test_scope_goes_over_from_the_old_territory_to_the_new_one_and_nobody_else_sees_anything(ground: Ground):
    everything = {"accounts": 1, "contacts": CONTACTS, "visits": VISITS}
    nothing = dict.fromkeys(everything, 0)
    assert await ground.seen(OLD) == everything
    assert await ground.seen(NEW) == nothing
    steward = Person(ground.customer)
    item = {"account_id": ground.account_id, "line_id": "lin_1", "to_unit_id": "unt_t3", "employee_id": "emp_3"}
    draft = await steward.make("/realignments", {"name": "Now", "effective_on": str(TODAY), "items": [item]})
    path = f"/realignments/{draft['id']}"
    assert (await steward.call("POST", f"{path}/simulation")).json()["publishable"] is True
    assert await ground.seen(OLD) == everything, "a simulation changes nothing"
    answer = await steward.call("POST", f"{path}/publication")
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(WITHIN_S):
        while await ground.seen(NEW) != everything:
            assert await ground.seen(BYSTANDER) == nothing
            await asyncio.sleep(0.1)
    assert await ground.seen(BYSTANDER) == nothing
    assert await ground.seen(OLD) == nothing | {"visits": VISITS}, "what was done stays credited to its territory"
    done = await steward.get(path)
    assert (done["state"], done["publication"]["state"]) == ("published", "done")
    assert (done["publication"]["applied"], done["publication"]["progress"]) == (1, 1.0)
    database = ground.visits.app.state.edge.database
    assert await database.collection("visits").distinct("credited_path") == [T1]
    batches = await database.collection("journal").distinct("cause.run_id", {"kind": "visit"})
    assert len(batches) > VISITS // 100 - 1, "visits follow in batches, each a transaction of its own"
    contacts = await ground.customer.app.state.edge.database.collection("journal").distinct(
        "cause.run_id", {"kind": "contact"}
    )
    assert len(contacts) > 1
