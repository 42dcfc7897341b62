"""Departments one by one."""

import pytest
import pytest_asyncio
from chassis.testing import FakeUnitOfWork, a_rep, run_in
from chassis.testing.service import ServiceClient
from customer.accounts.model import DepartmentInUse, UnknownDepartment
from customer.departments.close_department import CloseDepartment, close_department

from tests.customer.builders import a_contact
from tests.customer.stack import Person


async def test_a_department_in_which_somebody_works_does_not_close(work: FakeUnitOfWork):
    await work.given(a_contact(department="dep_A1"))
    with pytest.raises(DepartmentInUse):
        await run_in(work, close_department, CloseDepartment(account_id="acc_A", department_id="dep_A1"))
    account = await run_in(work.next(), close_department, CloseDepartment(account_id="acc_A", department_id="dep_A2"))
    assert [one.id for one in account.departments] == ["dep_A1"]


async def test_a_department_of_another_institution_is_absent(work: FakeUnitOfWork):
    with pytest.raises(UnknownDepartment):
        await run_in(work, close_department, CloseDepartment(account_id="acc_A", department_id="dep_B1"))


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest.mark.stack
async def test_a_department_opens_is_corrected_and_closes(steward: Person):
    account = await steward.account("Growing Hospital")
    path = f"/accounts/{account['id']}/departments"
    body = {"name": "心内科", "patients": [{"indication": "I50", "patients": 900}], "discharges": 1200}
    opened = await steward.call("POST", path, body, idempotency_key="open-it")
    department = opened.json()
    assert (opened.status_code, opened.headers["etag"]) == (201, '"2"')
    assert opened.headers["location"] == f"/api/v1{path}/{department['id']}"
    assert (department["patients"], department["discharges"]) == (body["patients"], 1200)
    again = await steward.call("POST", path, body, idempotency_key="open-it")
    assert again.json() == department
    one = f"{path}/{department['id']}"
    assert (await steward.call("PATCH", one, {"name": "心血管内科"})).status_code == 428
    changed = await steward.call("PATCH", one, {"name": "心血管内科", "discharges": None}, if_match='"2"')
    assert (changed.json()["name"], changed.json()["discharges"], changed.json()["patients"]) == (
        "心血管内科",
        None,
        body["patients"],
    )
    assert (await steward.get(one))["id"] == department["id"]
    closed = await steward.call("DELETE", one, if_match='"3"')
    assert (closed.status_code, closed.content) == (204, b"")
    assert await steward.items(path) == []
    assert (await steward.call("GET", one)).status_code == 404
    history = await steward.items(f"/accounts/{account['id']}/history")
    assert [entry["command"] for entry in history][1:] == ["open_department", "correct_department", "close_department"]


@pytest.mark.stack
async def test_what_is_wrong_with_a_department_is_said_at_once(steward: Person, client: ServiceClient):
    account = await steward.account("Strict Hospital", departments=[{"name": "Ward"}])
    path = f"/accounts/{account['id']}/departments"
    twice = [{"indication": "I50", "patients": 1}, {"indication": "i50", "patients": 2}]
    wrong = await steward.call("POST", path, {"name": "ward", "patients": twice})
    assert wrong.status_code == 422
    assert [(one["field"], one["code"]) for one in wrong.json()["violations"]] == [
        ("departments[1].name", "duplicate_department"),
        ("departments[1].patients", "duplicate_indication"),
    ]
    assert (await Person(client, a_rep()).call("POST", path, {"name": "x"})).status_code == 403
