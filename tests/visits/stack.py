"""The visits service for tests on the real database, and short words for what a representative does over HTTP."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.aggregate import Stored
from chassis.principal import Principal
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient, as_principal

from tests.visits.builders import HOSPITAL_POINT, NOW

REP = a_rep()
POINT = {"lat": HOSPITAL_POINT.lat, "lon": HOSPITAL_POINT.lon, "accuracy_m": 10}


async def seed(client: ServiceClient, stored: Sequence[Stored]) -> None:
    """Put replicas in place, as reactions would."""
    for each in stored:
        await client.app.state.edge.database.collection(each.COLLECTION).insert_one(each.dump())


async def count(client: ServiceClient, collection: str) -> int:
    """How many documents a collection of the service holds."""
    return await client.app.state.edge.database.collection(collection).count_documents({})


class Representative:
    """Acts over HTTP in the name of one principal."""

    def __init__(self, client: ServiceClient, principal: Principal = REP) -> None:
        self.client = client
        self.headers = as_principal(principal)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request below `/api/v1/visits`; header names with `_` for `-`."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, f"/api/v1/visits{path}", json=body, headers={**self.headers, **extra})

    async def plan(self, **more: Any) -> dict[str, Any]:
        """A planned visit at hospital A with its first doctor."""
        body = {"account_id": "acc_A", "planned_at": NOW.isoformat(), "contact_ids": ["con_1"]} | more
        answer = await self.call("POST", "", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def check_in(self, visit_id: str) -> Any:
        """Arrive at the door, now."""
        return await self.call("POST", f"/{visit_id}/check-in", {"at": NOW.isoformat(), **POINT})

    async def check_out(self, visit_id: str) -> Any:
        """Leave five minutes later."""
        return await self.call("POST", f"/{visit_id}/check-out", {"at": (NOW + timedelta(minutes=5)).isoformat()})

    async def report(self, visit: dict[str, Any], **more: Any) -> Any:
        """Report the first doctor, one product and two units of material."""
        body = {
            "attendees": ["con_1"],
            "products": [{"product": "prd_1", "message": "a new study", "reaction": "aware"}],
            "feedback": "wants to read it",
            "materials": [{"lot_id": "lot_1", "contact_id": "con_1", "quantity": 2}],
            "next_step": "bring the study",
        } | more
        return await self.call("PUT", f"/{visit['id']}/report", body, if_match=f'"{visit["version"]}"')

    async def reported(self, **more: Any) -> dict[str, Any]:
        """A visit that is over and reported, ready to be handed in."""
        visit = await self.plan(**more)
        assert (await self.check_in(visit["id"])).status_code == 200
        left = await self.check_out(visit["id"])
        assert left.status_code == 200, left.text
        answer = await self.report(left.json())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def submit(self, visit_id: str, **headers: str) -> Any:
        """Hand in."""
        return await self.call("POST", f"/{visit_id}/submission", **headers)
