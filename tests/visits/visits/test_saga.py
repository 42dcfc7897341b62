"""Submission as a saga, and visits that follow the customer service, over real topics."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.testing import a_rep
from chassis.testing.service import running
from contracts.events.customer import (
    AccountCreated,
    AffiliationState,
    ContactCreated,
    ContactMoved,
    ContactState,
    EmployeeHired,
    EmployeeState,
)
from contracts.events.promotion import RefusalReason
from contracts.events.visits import VisitSnapshot
from contracts.roles import Role
from visits.app import service

from tests.visits.builders import HOSPITAL_POINT, NOW, TERRITORY, TODAY, account_state, replicas
from tests.visits.stack import Representative, count, seed
from tests.visits.stand_ins import Owner, Promotion, standing_in

pytestmark = pytest.mark.stack

LONG_AGO = date(2024, 1, 1)


class Stage(SimpleNamespace):
    """Everything that plays."""

    rep: Representative
    customer: Owner
    promotion: Promotion


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(database_uri: str, database_name: str, broker_address: str, topics: str) -> AsyncIterator[Stage]:
    async with (
        standing_in(broker_address, topics) as (customer, promotion),
        running(
            service,
            database_uri=database_uri,
            database_name=database_name,
            broker_address=broker_address,
            topic_prefix=topics,
            relay=True,
            reactions=True,
            clock=FixedClock(NOW),
        ) as client,
    ):
        await seed(client, replicas())
        yield Stage(rep=Representative(client), customer=customer, promotion=promotion)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(opened: Stage) -> Stage:
    """The stage, with a promotion that books everything."""
    opened.promotion.decide = lambda visit: []
    return opened


async def eventually(ask: Any, wanted: Any, within_s: float = 10.0) -> None:
    """Ask until the answer is the wanted one."""
    until = time.monotonic() + within_s
    while (answer := await ask()) != wanted:
        assert time.monotonic() < until, f"{answer} is still not {wanted}"
        await asyncio.sleep(0.05)


async def test_who_waits_gets_the_confirmed_visit(stage: Stage):
    visit = await stage.rep.reported()
    answer = await stage.rep.submit(visit["id"], prefer="wait=20")
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=20")
    confirmed = answer.json()
    assert (confirmed["state"], confirmed["attempt"], confirmed["return_reasons"]) == ("confirmed", 1, [])
    assert answer.headers["etag"] == f'"{confirmed["version"]}"'


async def test_who_does_not_wait_finds_it_confirmed_later(stage: Stage):
    visit = await stage.rep.reported()
    assert (await stage.rep.submit(visit["id"])).status_code == 202

    async def state() -> str:
        return (await stage.rep.call("GET", f"/{visit['id']}")).json()["state"]

    await eventually(state, "confirmed")


async def test_a_refused_visit_comes_back_is_corrected_and_handed_in_again(stage: Stage):
    short = RefusalReason(line=0, code="insufficient_stock", detail="1 of 2 on hand")

    def refuse_two(visit: VisitSnapshot) -> list[RefusalReason]:
        return [short] if visit.materials[0].quantity > 1 else []

    stage.promotion.decide = refuse_two
    visit = await stage.rep.reported()
    returned = (await stage.rep.submit(visit["id"], prefer="wait=20")).json()
    assert (returned["state"], returned["attempt"]) == ("returned", 1)
    assert returned["return_reasons"] == [{"line": 0, "code": "insufficient_stock", "detail": "1 of 2 on hand"}]
    materials = [{"lot_id": "lot_1", "contact_id": "con_1", "quantity": 1}]
    assert (await stage.rep.report(returned, materials=materials)).status_code == 200
    again = await stage.rep.submit(visit["id"], prefer="wait=20")
    assert again.status_code == 200
    confirmed = again.json()
    assert (confirmed["state"], confirmed["attempt"], confirmed["return_reasons"]) == ("confirmed", 2, [])


async def test_an_answer_to_an_old_attempt_changes_nothing(stage: Stage):
    refused: list[VisitSnapshot] = []

    def refuse_first(visit: VisitSnapshot) -> list[RefusalReason] | None:
        refused.append(visit)
        return [RefusalReason(code="no", detail="no")] if visit.attempt == 1 else None

    stage.promotion.decide = refuse_first
    visit = await stage.rep.reported()
    await stage.rep.submit(visit["id"], prefer="wait=20")
    waiting = (await stage.rep.submit(visit["id"])).json()
    assert (waiting["state"], waiting["attempt"]) == ("submitted", 2)
    await stage.promotion.answer(refused[0], [], attempt=1)
    await stage.promotion.answer(refused[0], [RefusalReason(code="x", detail="x")], attempt=3)
    await asyncio.sleep(1.5)
    assert (await stage.rep.call("GET", f"/{visit['id']}")).json() == waiting
    await stage.promotion.answer(refused[0], [], attempt=2)

    async def state() -> str:
        return (await stage.rep.call("GET", f"/{visit['id']}")).json()["state"]

    await eventually(state, "confirmed")


async def test_events_come_in_order_without_gaps_and_without_anything_personal(stage: Stage):
    visit = await stage.rep.reported()
    await stage.rep.submit(visit["id"], prefer="wait=20")

    async def types() -> list[str]:
        return [e.type for e, _ in stage.promotion.heard if e.subject == visit["id"]]

    steps = ["planned", "checked-in", "checked-out", "reported", "submitted", "confirmed"]
    await eventually(types, [f"visits.visit-{step}.v1" for step in steps])
    mine = [(envelope, event) for envelope, event in stage.promotion.heard if envelope.subject == visit["id"]]
    assert [envelope.sequence for envelope, _ in mine] == [1, 2, 3, 4, 5, 6]
    assert {envelope.unit_paths for envelope, _ in mine} == {(TERRITORY,)}
    said = " ".join(event.model_dump_json() for _, event in mine)
    for secret in (str(HOSPITAL_POINT.lat), "a new study", "wants to read it", "bring the study"):
        assert secret not in said


async def test_what_customer_tells_can_be_visited_at_once(stage: Stage):
    """The command comes before the events it relies on have been taken in: it waits for them."""
    planning = asyncio.create_task(
        stage.rep.call(
            "POST", "", {"account_id": "acc_fresh", "planned_at": NOW.isoformat(), "contact_ids": ["con_fresh"]}
        )
    )
    await stage.customer.emit(
        "acc_fresh", AccountCreated(account=account_state(account_id="acc_fresh", unit_path=TERRITORY))
    )
    await stage.customer.emit("con_fresh", ContactCreated(contact=_contact("con_fresh", ("acc_fresh", LONG_AGO, None))))
    answer = await planning
    assert answer.status_code == 201, answer.text


async def test_a_contact_who_moves_leaves_planned_visits(stage: Stage):
    await stage.customer.emit("con_mover", ContactCreated(contact=_contact("con_mover", ("acc_A", LONG_AGO, None))))
    planned_at = (NOW + timedelta(days=3)).isoformat()
    visit = await stage.rep.plan(planned_at=planned_at, contact_ids=["con_1", "con_mover"])
    moved = ContactMoved(
        contact=_contact("con_mover", ("acc_A", LONG_AGO, TODAY), ("acc_B", TODAY, None)),
        from_account_id="acc_A",
        to_account_id="acc_B",
        on=TODAY,
    )
    await stage.customer.emit("con_mover", moved)

    async def contacts() -> list[str]:
        return (await stage.rep.call("GET", f"/{visit['id']}")).json()["contact_ids"]

    await eventually(contacts, ["con_1"])
    await stage.rep.plan(account_id="acc_B", planned_at=planned_at, contact_ids=["con_mover"])


async def test_a_new_employee_can_plan_when_the_event_has_come(stage: Stage):
    employee = EmployeeState(
        employee_id="emp_fresh",
        username="fresh",
        roles=[Role.REP],
        unit_id="unt_t1",
        unit_path=TERRITORY,
        valid_from=TODAY,
    )
    expires = datetime(2026, 4, 1, tzinfo=UTC)
    hired = EmployeeHired(employee=employee, invitation_sha256="0" * 64, invitation_expires_at=expires)
    await stage.customer.emit("emp_fresh", hired)
    visit = await Representative(stage.rep.client, a_rep(employee_id="emp_fresh")).plan()
    assert (visit["employee_id"], visit["credited_unit_id"]) == ("emp_fresh", "unt_t1")


async def test_poison_is_set_aside_and_the_next_record_is_taken(stage: Stage):
    for topic in ("promotion.disbursement", "customer.contact"):
        for number in range(3):
            await stage.customer.poison(topic, f"poison_{number}".encode())
    visit = await stage.rep.reported()
    assert (await stage.rep.submit(visit["id"], prefer="wait=20")).json()["state"] == "confirmed"

    async def letters() -> int:
        return await count(stage.rep.client, "dead_letters")

    await eventually(letters, 6)


def _contact(contact_id: str, *jobs: tuple[str, date, date | None]) -> ContactState:
    affiliations = [
        AffiliationState(affiliation_id=f"aff_{n}", account_id=account, valid_from=since, valid_to=until)
        for n, (account, since, until) in enumerate(jobs)
    ]
    return ContactState(contact_id=contact_id, affiliations=affiliations)
