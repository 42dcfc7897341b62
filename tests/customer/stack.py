"""Short words for what people do with the customer service over HTTP."""

from collections.abc import Sequence
from typing import Any

from chassis.aggregate import Aggregate
from chassis.principal import Principal
from chassis.testing import a_steward
from chassis.testing.service import ServiceClient, as_principal


async def seed(client: ServiceClient, aggregates: Sequence[Aggregate]) -> None:
    """Put aggregates in place, as an earlier command would have."""
    database = client.app.state.edge.database
    for each in aggregates:
        each.version = 1
        await database.collection(each.COLLECTION).insert_one(each.dump())


async def documents(client: ServiceClient) -> dict[str, int]:
    """How many documents the service holds, by collection."""
    database = client.app.state.edge.database
    names = ("units", "employees", "accounts", "contacts", "merges", "journal", "identities")
    return {name: await database.collection(name).count_documents({}) for name in names}


class Person:
    """Acts over HTTP in the name of one principal."""

    def __init__(self, client: ServiceClient, principal: Principal | None = None) -> None:
        self.client = client
        self.headers = as_principal(principal or a_steward())

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request below `/api/v1`; header names with `_` for `-`."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, f"/api/v1{path}", json=body, headers={**self.headers, **extra})

    async def get(self, path: str) -> Any:
        """What a path shows."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def items(self, path: str) -> list[Any]:
        """The rows of the first page of a list."""
        return (await self.get(path))["items"]

    async def make(self, path: str, body: Any) -> Any:
        """Create something; the whole of it."""
        answer = await self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def account(self, name: str, **more: Any) -> Any:
        """Register a hospital in the north."""
        return await self.make("/accounts", {"name": name, "kind": "hospital", "unit_id": "unt_north"} | more)

    async def contact(self, name: str = "王小明", at: str = "acc_A", since: str = "2024-01-01", **more: Any) -> Any:
        """Register a doctor."""
        return await self.make(
            "/contacts", {"name": name, "affiliation": {"account_id": at, "valid_from": since}} | more
        )

    async def move(self, contact_id: str, to: str, on: str, **more: Any) -> Any:
        """Move a doctor; the answer as it came."""
        return await self.call("POST", f"/contacts/{contact_id}/moves", {"to_account_id": to, "on": on} | more)
