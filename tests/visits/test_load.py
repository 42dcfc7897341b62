"""Past visits are loaded through the same use cases, each at its own time, several hundred commands per transaction."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from chassis.load import Loader
from chassis.mongo import connect
from chassis.works import Works
from contracts.values import VisitState
from visits.app import service

from tests.visits.builders import NOW, replicas
from tests.visits.stack import POINT

pytestmark = pytest.mark.stack

VISITS = 60


def line(use_case: str, when: datetime, /, **command: Any) -> bytes:
    command["employee_id"] = "emp_rep"
    return orjson.dumps({"use_case": use_case, "at": when.isoformat(), "principal": "system", "command": command})


def a_life(number: int) -> list[bytes]:
    """The commands of one visit, some hundred days ago."""
    visit_id, day = f"vis_{number}", NOW - timedelta(days=400 - number)
    return [
        line(
            "plan_visit",
            day - timedelta(days=7),
            visit_id=visit_id,
            account_id="acc_A",
            planned_at=day,
            contact_ids=["con_1"],
        ),
        line("check_in_visit", day, visit_id=visit_id, at=day, **POINT),
        line("check_out_visit", day + timedelta(minutes=20), visit_id=visit_id, at=day + timedelta(minutes=20)),
        line(
            "write_report",
            day + timedelta(minutes=30),
            visit_id=visit_id,
            attendees=["con_1"],
            products=[{"product": "prd_1", "message": "words", "reaction": "use"}],
            materials=[{"lot_id": "lot_1", "contact_id": "con_1", "quantity": 1}],
        ),
        line("submit_visit", day + timedelta(hours=1), visit_id=visit_id),
    ]


async def test_past_visits_live_through_all_their_states_in_few_transactions(database_uri: str, database_name: str):
    database = connect(database_uri, database_name)
    try:
        await service.prepare(database)
        for replica in replicas():
            await database.collection(replica.COLLECTION).insert_one(replica.dump())
        progress: list[dict[str, Any]] = []
        loader = Loader(Works(database), database, service.use_cases, batch=250, report=progress.append)
        file = b"\n".join(command for number in range(VISITS) for command in a_life(number))

        assert await loader.load(file) == 0, progress
        visits = await database.collection("visits").find({}).to_list(None)
        assert {visit["state"] for visit in visits} == {VisitState.SUBMITTED}
        assert len(visits) == VISITS
        assert {(visit["version"], visit["sequence"], visit["attempt"]) for visit in visits} == {(5, 5, 1)}
        oldest = min(visits, key=lambda visit: visit["planned_at"])
        assert oldest["submitted_at"] == NOW - timedelta(days=400) + timedelta(hours=1), "by the command's clock"
        assert oldest["flags"] == []
        assert await database.collection("journal").count_documents({}) == VISITS * 5
        assert [step["done"] for step in progress] == [0, 250, 300]
        assert await loader.load(file) == 0
        assert await database.collection("journal").count_documents({}) == VISITS * 5, "nothing is written twice"
    finally:
        database.close()
