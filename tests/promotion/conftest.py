"""The promotion service over HTTP on a real database, with a small organisation in place."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest_asyncio
from chassis.journal import Cause
from chassis.mongo import connect
from chassis.principal import Principal, SystemPrincipal
from chassis.testing import an_hq
from chassis.testing.service import ServiceClient, as_principal, running
from chassis.work import UnitOfWork
from chassis.works import Works
from contracts.values import UnitKind
from promotion.app import service
from promotion.locations.open_location import open_for_employee, open_for_unit

from tests.promotion.samples import HQ, NORTH, NORTH_TERRITORY, SOUTH, a_unit, an_employee

SOUTH_TERRITORY = SOUTH + "unt_t2/"


@dataclass
class Promotion:
    """A running promotion service and what tests ask of it."""

    client: ServiceClient
    works: Works

    async def post(self, path: str, body: Any, *, by: Principal | None = None, key: str | None = None) -> Any:
        """POST as `by` (the head office when not given); the raw response."""
        headers = as_principal(by or an_hq()) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/api/v1{path}", json=body, headers=headers)

    async def get(self, path: str, *, by: Principal | None = None, **query: Any) -> Any:
        """GET as `by`; the raw response."""
        return await self.client.get(f"/api/v1{path}", params=query, headers=as_principal(by or an_hq()))

    async def items(self, path: str, *, by: Principal | None = None, **query: Any) -> list[Any]:
        """All items of the first 500 of a list."""
        answer = await self.get(path, by=by, limit=500, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def made(self, path: str, body: Any) -> Any:
        """POST as the head office what must succeed; the resource."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def a_lot(self, **lot: Any) -> str:
        """A lot of a fresh item."""
        material = await self.made(
            "/materials", {"name": "Sample box", "class": "sample", "unit_value": {"amount": 900, "currency": "CNY"}}
        )
        body = {"number": uuid4().hex, "expires_on": "2199-12-31"} | lot
        return (await self.made(f"/materials/{material['id']}/lots", body))["id"]

    async def a_stocked_lot(self, location_id: str, units: int) -> str:
        """A fresh lot of which `units` are at the location."""
        lot_id = await self.a_lot()
        await self.made("/stock/receipts", {"lot_id": lot_id, "location_id": location_id, "quantity": units})
        return lot_id

    async def location(self, **query: str) -> str:
        """The id of the only location that fits."""
        [location] = await self.items("/locations", **query)
        return location["id"]

    async def stock(self, lot_id: str, location_id: str) -> int:
        """Units on hand; 0 without a row."""
        rows = await self.items("/stock", lot_id=lot_id, location_id=location_id)
        return sum(row["on_hand"] for row in rows)

    async def total(self, lot_id: str) -> int:
        """Units over all locations, the supplier's debt included."""
        outside = await self.location(kind="supplier")
        rows = await self.items("/stock", lot_id=lot_id)
        return sum(row["on_hand"] for row in rows) + await self.stock(lot_id, outside)

    async def transfer(self, lot_id: str, source: str, target: str, quantity: int, **how: Any) -> Any:
        """Ask for a transfer; the raw response."""
        body = {"lot_id": lot_id, "from_location_id": source, "to_location_id": target, "quantity": quantity}
        return await self.post("/stock/transfers", body, **how)

    async def document_count(self) -> int:
        """Documents in the whole database: what a refusal must not change."""
        names = await self.works.database.client[self.works.database.name].list_collection_names()
        counts = [await self.works.database.collection(name).count_documents({}) for name in names]
        return sum(counts)


async def _organise(works: Works) -> None:
    async def run(action: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        await works.run(action, principal=SystemPrincipal("tests"), cause=Cause(command="test"))

    units = [
        a_unit("unt_hq", kind=UnitKind.HQ, path=HQ),
        a_unit("unt_north", kind=UnitKind.REGION, path=NORTH),
        a_unit("unt_south", kind=UnitKind.REGION, path=SOUTH),
    ]
    for unit in units:
        await run(lambda work, unit=unit: open_for_unit(unit, work))
    for employee in (an_employee("emp_rep", path=NORTH_TERRITORY), an_employee("emp_rep2", path=SOUTH_TERRITORY)):
        await run(lambda work, employee=employee: open_for_employee(employee, work))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def promotion(database_uri: str, database_name: str) -> AsyncIterator[Promotion]:
    """The API with a head office, regions north and south with a representative each."""
    async with running(service, database_uri=database_uri, database_name=database_name) as client:
        works = Works(connect(database_uri, database_name))
        await _organise(works)
        yield Promotion(client, works)
        works.database.close()
