"""Past organisation, institutions and contacts are loaded through the same use cases, many commands per transaction."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio
from chassis.load import Loader
from chassis.mongo import Database, connect
from chassis.works import Works
from customer.app import service
from customer.contacts.model import Contact

pytestmark = pytest.mark.stack

START = "2024-03-01T02:00:00Z"
DOCTORS = 40


def line(use_case: str, at: str, /, **command: Any) -> bytes:
    return orjson.dumps({"use_case": use_case, "at": at, "principal": "system", "command": command})


def the_past() -> list[bytes]:
    """A company in a file: two regions, one hospital in each, doctors of whom every other one moves."""
    lines = [
        line("create_unit", START, unit_id="unt_0", name="Head office", kind="hq"),
        line("create_unit", START, unit_id="unt_1", name="North", kind="region", parent_id="unt_0"),
        line("create_unit", START, unit_id="unt_2", name="South", kind="region", parent_id="unt_0"),
        line(
            "create_employee",
            START,
            employee_id="emp_1",
            name="王小明",
            username="rep",
            roles=["rep"],
            unit_id="unt_1",
            valid_from="2024-03-01",
            invitation="i" * 43,
        ),
        *(
            line(
                "create_account",
                START,
                account_id=f"acc_{number}",
                name=f"Hospital {number}",
                kind="hospital",
                unit_id=f"unt_{number}",
                departments=[{"id": f"dep_{number}", "name": "Cardiology"}],
            )
            for number in (1, 2)
        ),
        line("change_stage", "2024-04-01T02:00:00Z", account_id="acc_1", stage="developing", reason="first visit"),
    ]
    for number in range(DOCTORS):
        lines.append(
            line(
                "create_contact",
                START,
                contact_id=f"con_{number}",
                affiliation_id=f"aff_{number}",
                name=f"Doctor {number}",
                affiliation={"account_id": "acc_1", "department_id": "dep_1", "valid_from": "2023-01-01"},
            )
        )
    for number in range(0, DOCTORS, 2):
        on = date(2025, 1, 1) + timedelta(days=number)
        lines.append(
            line(
                "move_contact",
                f"{on}T02:00:00Z",
                contact_id=f"con_{number}",
                to_account_id="acc_2",
                to_department_id="dep_2",
                on=f"{on}",
            )
        )
    return lines


@pytest_asyncio.fixture(loop_scope="session")
async def database(database_uri: str, database_name: str) -> AsyncIterator[Database]:
    opened = connect(database_uri, database_name)
    await service.prepare(opened)
    yield opened
    opened.close()


async def test_a_file_of_the_past_becomes_histories(database: Database):
    reports: list[dict[str, Any]] = []
    loader = Loader(Works(database), database, service.use_cases, batch=25, report=reports.append)
    assert await loader.load(b"\n".join(the_past())) == 0, reports
    contacts = [Contact.load(document) async for document in database.collection("contacts").find()]
    assert len(contacts) == DOCTORS
    for contact in contacts:
        number = int(contact.id.removeprefix("con_"))
        where = "acc_1" if number % 2 else "acc_2"
        assert contact.primary_on(date(2026, 1, 1)).account_id == where
        assert contact.primary_on(date(2024, 6, 1)).account_id == "acc_1"
        assert [stamp.path for stamp in contact.visible] == [f"/unt_0/unt_{1 if number % 2 else 2}/"]
        assert contact.version == 1 if number % 2 else 2
    journal = database.collection("journal")
    assert await journal.count_documents({}) == len(the_past())
    (staged,) = await journal.find({"cause.command": "change_stage"}).to_list(None)
    assert (staged["valid_from"], staged["state"]["stages"][-1]["on"]) == ("2024-04-01", "2024-04-01")
    assert "Doctor" not in str(await journal.find().to_list(None))


async def test_a_file_that_was_loaded_is_not_loaded_again(database: Database):
    loader = Loader(Works(database), database, service.use_cases, report=lambda _: None)
    before = await database.collection("journal").count_documents({})
    assert await loader.load(b"\n".join(the_past())) == 0
    assert await database.collection("journal").count_documents({}) == before
