"""The submission of visits on the real stack: records in, stock moved once, one answer per attempt out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import uuid4

import pytest
import pytest_asyncio
from chassis.mongo import connect
from chassis.testing import a_manager
from chassis.testing.service import running
from chassis.works import Works
from contracts.events.customer import EmployeeHired, EmployeeReassigned, UnitCreated
from contracts.events.promotion import DisbursementBooked, DisbursementLine, DisbursementRefused, StockMoved
from contracts.events.visits import VisitSubmitted
from contracts.values import UnitKind
from promotion.app import service

from tests.promotion.conftest import SOUTH_TERRITORY, Promotion
from tests.promotion.samples import (
    HQ,
    NORTH,
    NORTH_TERRITORY,
    NOW,
    SOUTH,
    a_line,
    a_submitted_visit,
    a_unit,
    an_employee,
    customer_location,
)
from tests.promotion.topics import Outside, eventually

pytestmark = pytest.mark.stack


@dataclass
class Stage:
    """Two promotion processes on one database, and the world around them."""

    promotion: Promotion
    outside: Outside

    async def submit(self, *lines: DisbursementLine, **visit: object) -> str:
        """A visit is submitted; its id."""
        visit_id = str(visit.pop("visit_id", f"vis_{uuid4().hex}"))
        snapshot = a_submitted_visit(*lines, visit_id=visit_id, **visit)  # type: ignore[arg-type]
        await self.outside.tell(VisitSubmitted(visit=snapshot), visit_id)
        return visit_id

    async def answers(self, visit_id: str) -> list[DisbursementBooked | DisbursementRefused]:
        """What promotion has said about a visit on its topic."""
        records = await self.outside.published("promotion.disbursement", visit_id.replace("vis_", "dsb_"))
        return [event for _, event in records]  # type: ignore[misc]

    async def answer(self, visit_id: str, number: int = 1) -> DisbursementBooked | DisbursementRefused:
        """The answer number `number`, as soon as it is there."""

        async def told():
            return (await self.answers(visit_id))[number - 1 :]

        return (await eventually(told))[0]

    async def a_lot_in_the_bag(self, units: int) -> tuple[str, str]:
        """A fresh lot of which the representative carries `units`; (lot, location)."""
        warehouse = await self.promotion.location(kind="warehouse")
        bag = await self.promotion.location(employee_id="emp_rep")
        lot_id = await self.promotion.a_stocked_lot(warehouse, units)
        assert (await self.promotion.transfer(lot_id, warehouse, bag, units)).status_code == 201
        return lot_id, bag


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(database_uri: str, database_name: str, broker_address: str, topics: str) -> AsyncIterator[Stage]:
    ground = {
        "database_uri": database_uri,
        "database_name": database_name,
        "broker_address": broker_address,
        "topic_prefix": topics,
        "reactions": True,
        "relay": True,
    }
    async with (
        Outside(broker_address, topics) as outside,
        running(service, **ground) as client,  # type: ignore[arg-type]
        running(service, **ground),  # type: ignore[arg-type]
    ):
        works = Works(connect(database_uri, database_name))
        stage = Stage(Promotion(client, works), outside)
        await outside.tell(UnitCreated(unit=a_unit("unt_hq", kind=UnitKind.HQ, path=HQ)), "unt_hq")
        await outside.tell(UnitCreated(unit=a_unit("unt_north", kind=UnitKind.REGION, path=NORTH)), "unt_north")
        for employee_id in ("emp_rep", "emp_mover"):
            hired = EmployeeHired(
                employee=an_employee(employee_id, path=NORTH_TERRITORY),
                invitation_sha256="0" * 64,
                invitation_expires_at=NOW,
            )
            await outside.tell(hired, employee_id)

        async def opened():
            return len(await stage.promotion.items("/locations")) == 5

        await eventually(opened, 40)
        yield stage
        works.database.close()


async def test_places_open_with_the_organisation(stage: Stage):
    kinds = Counter(location["kind"] for location in await stage.promotion.items("/locations"))
    assert kinds - Counter(customer=99) == {"warehouse": 1, "supplier": 1, "office": 1, "representative": 2}


async def test_what_a_visit_left_is_taken_from_the_bag_and_answered_once(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(10)
    lines = [a_line(lot_id, "con_1", 3), a_line(lot_id, "con_2", 2)]
    visit_id = await stage.submit(*lines)
    booked = await stage.answer(visit_id)
    assert isinstance(booked, DisbursementBooked)
    assert (booked.disbursement.attempt, booked.lines) == (1, lines)
    assert await stage.promotion.stock(lot_id, bag) == 5
    assert await stage.promotion.stock(lot_id, customer_location()) == 5
    assert await stage.promotion.total(lot_id) == 0
    chain = await stage.promotion.items("/stock/movements", lot_id=lot_id)
    assert [(move["kind"], move["quantity"], move["contact_id"]) for move in chain] == [
        ("receipt", 10, None),
        ("transfer", 10, None),
        ("disbursement", 3, "con_1"),
        ("disbursement", 2, "con_2"),
    ]
    assert {move["visit_id"] for move in chain[2:]} == {visit_id}


async def test_the_legs_on_the_topic_fold_to_the_balances(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(10)
    await stage.answer(await stage.submit(a_line(lot_id, quantity=4)))

    async def all_legs():
        records = await stage.outside.published("promotion.stock-balance")
        legs = [(e, m) for e, m in records if isinstance(m, StockMoved) and m.balance.lot_id == lot_id]
        return legs if len(legs) >= 6 else None

    legs = await eventually(all_legs)
    folded: Counter[str] = Counter()
    sequences: dict[str, list[int]] = {}
    for envelope, moved in legs:
        folded[moved.balance.location_id] += moved.quantity
        sequences.setdefault(envelope.subject, []).append(envelope.sequence)
        assert folded[moved.balance.location_id] == moved.balance.on_hand
    assert sum(folded.values()) == 0
    assert folded[bag] == await stage.promotion.stock(lot_id, bag) == 6
    assert len(legs) == 6
    assert all(later == earlier + 1 for found in sequences.values() for earlier, later in pairwise([0, *found]))


async def test_a_refusal_tells_every_reason_and_takes_nothing(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(3)
    visit_id = await stage.submit(
        a_line(lot_id, quantity=2), a_line(lot_id, "con_9", 2), a_line("lot_none"), a_line(lot_id, quantity=0)
    )
    refused = await stage.answer(visit_id)
    assert isinstance(refused, DisbursementRefused)
    assert [(reason.line, reason.code) for reason in refused.reasons] == [
        (1, "contact_not_attending"),
        (1, "insufficient_stock"),
        (2, "unknown_lot"),
        (3, "invalid_quantity"),
    ]
    assert await stage.promotion.stock(lot_id, bag) == 3


async def test_a_returned_visit_is_booked_by_its_next_attempt(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(3)
    visit_id = await stage.submit(a_line(lot_id, quantity=4))
    assert isinstance(await stage.answer(visit_id), DisbursementRefused)
    await stage.submit(a_line(lot_id, quantity=3), visit_id=visit_id, attempt=2)
    booked = await stage.answer(visit_id, 2)
    assert isinstance(booked, DisbursementBooked)
    assert booked.disbursement.attempt == 2
    assert await stage.promotion.stock(lot_id, bag) == 0


async def test_records_delivered_again_are_answered_once(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(10)
    visit_id = f"vis_{uuid4().hex}"
    snapshot = a_submitted_visit(a_line(lot_id, quantity=3), visit_id=visit_id)
    record = stage.outside.record(VisitSubmitted(visit=snapshot), visit_id)
    await stage.outside.send(record, record, record)
    await stage.answer(visit_id)
    await stage.outside.send(record)
    next_attempt = snapshot.model_copy(update={"attempt": 1})
    again = stage.outside.record(VisitSubmitted(visit=next_attempt), visit_id)
    await stage.outside.send(again)

    async def taken_in():
        progress = stage.promotion.works.database.collection("progress")
        row = await progress.find_one({"_id": f"promotion/visits.visit/{visit_id}"})
        return row is not None and row["sequence"] == 2

    await eventually(taken_in)
    assert len(await stage.answers(visit_id)) == 1
    assert await stage.promotion.stock(lot_id, bag) == 7


async def test_a_visit_without_materials_is_booked(stage: Stage):
    visit_id = await stage.submit(employee_id="emp_stranger")
    booked = await stage.answer(visit_id)
    assert isinstance(booked, DisbursementBooked)
    assert booked.lines == []


async def test_visits_that_share_a_stock_row_never_take_more_than_there_is(stage: Stage):
    lot_id, bag = await stage.a_lot_in_the_bag(30)
    warehouse = await stage.promotion.location(kind="warehouse")
    visits = await asyncio.gather(
        *(stage.submit(a_line(lot_id, quantity=3), account_id=f"acc_{n % 3}x") for n in range(16)),
    )
    returned = await stage.promotion.transfer(lot_id, bag, warehouse, 3)

    async def all_answered():
        records = await stage.outside.published("promotion.disbursement")
        said = {event.disbursement.visit_id: event.disbursement.state for _, event in records}
        return [said[visit] for visit in visits] if said.keys() >= set(visits) else None

    states = Counter(await eventually(all_answered, 40))
    taken_back = returned.status_code == 201
    assert states == ({"booked": 9, "refused": 7} if taken_back else {"booked": 10, "refused": 6})
    assert await stage.promotion.stock(lot_id, bag) == 0
    assert await stage.promotion.total(lot_id) == 0
    chain = await stage.promotion.items("/stock/movements", lot_id=lot_id)
    assert len([move for move in chain if move["kind"] == "disbursement"]) == states["booked"]


async def test_a_reassigned_representative_takes_the_stock_along(stage: Stage):
    warehouse = await stage.promotion.location(kind="warehouse")
    bag = await stage.promotion.location(employee_id="emp_mover")
    lot_id = await stage.promotion.a_stocked_lot(warehouse, 5)
    assert (await stage.promotion.transfer(lot_id, warehouse, bag, 5)).status_code == 201
    assert await stage.promotion.items("/stock", lot_id=lot_id, by=a_manager(SOUTH)) == []
    moved = an_employee("emp_mover", path=SOUTH_TERRITORY)
    await stage.outside.tell(EmployeeReassigned(employee=moved), "emp_mover")

    async def seen():
        return await stage.promotion.items("/stock", lot_id=lot_id, by=a_manager(SOUTH))

    [row] = await eventually(seen)
    assert (row["location_id"], row["on_hand"]) == (bag, 5)
    assert await stage.promotion.items("/stock", lot_id=lot_id, by=a_manager(NORTH)) == []
    assert await stage.promotion.items("/locations", employee_id="emp_mover", by=a_manager(NORTH)) == []
