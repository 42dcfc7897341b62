"""Leaving and handing over."""

from typing import Any

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, an_admin, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import (
    EmployeeReassigned,
    HandoverClosed,
    HandoverItemKind,
    HandoverItemsHandedOver,
    HandoverOpened,
)
from contracts.events.promotion import LocationOpened, LocationState, MovementKind, StockBalanceState, StockMoved
from contracts.events.visits import VisitCancelled, VisitPlanned, VisitSnapshot
from contracts.values import LocationKind, VisitState
from customer.accounts.model import Account
from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.model import Alignment
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.model import Employee, Leaving
from customer.employees.take_position import TakePosition, take_position
from customer.handovers.close_handover import CloseHandover, close_handover
from customer.handovers.depart_employee import DepartEmployee, depart_employee
from customer.handovers.hand_over_items import HandOverItems, hand_over_items
from customer.handovers.model import Advance, Handover, HandoverIsClosed, HandoverOutstanding, HasNotLeft
from customer.handovers.outstanding import outstanding
from customer.handovers.reactions import (
    forget_dropped_visit,
    know_carried_stock,
    know_own_place,
    know_own_visit,
)
from customer.handovers.write_down_entry import WriteDownEntry, write_down_entry

from tests.customer.alignments.samples import a_line, a_territory
from tests.customer.builders import NOW, TODAY, an_account, day

T1, T2 = NORTH + "unt_t1/", NORTH + "unt_t2/"
Kind = HandoverItemKind


@pytest.fixture
async def field(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """Two territories of the north with a representative each; the first one covers a hospital and owns a clinic."""
    for stored in (a_territory(T1), a_territory(T2), a_line("lin_1"), an_account("acc_1", path=T1)):
        await work.given(stored)
    for number in (1, 2):
        hire = CreateEmployee(
            employee_id=f"emp_{number}",
            name="x",
            username=f"rep{number}",
            roles=["rep"],
            unit_id=f"unt_t{number}",
            valid_from=day("2025-01-01"),
        )
        await run_in(work.next(), create_employee, hire)
    cover = AssignTerritory(
        account_id="acc_A", line_id="lin_1", unit_id="unt_t1", employee_id="emp_1", valid_from=TODAY
    )
    await run_in(work.next(), assign_territory, cover)
    return work.next(principal=an_admin())


async def leave(work: FakeUnitOfWork, on: str = "2026-03-01", **more: Any) -> Handover:
    command = DepartEmployee(employee_id="emp_1", on=day(on), reason="x", **{"successor_id": "emp_2"} | more)
    return await run_in(work, depart_employee, command)


async def carries(work: FakeUnitOfWork, on_hand: int) -> None:
    place = LocationState(
        location_id="loc_1", kind=LocationKind.REPRESENTATIVE, name="rep1", unit_id="unt_t1", employee_id="emp_1"
    )
    await know_own_place(LocationOpened(location=place), work)
    balance = StockBalanceState(
        balance_id="bal_1",
        material_id="itm_1",
        lot_id="lot_1",
        location_id="loc_1",
        location_kind=LocationKind.REPRESENTATIVE,
        on_hand=on_hand,
        available=on_hand,
    )
    moved = StockMoved(movement_id="mov_1", kind=MovementKind.TRANSFER, quantity=1, at=NOW, balance=balance)
    await know_carried_stock(moved, work)


def a_visit() -> VisitSnapshot:
    return VisitSnapshot(
        visit_id="vis_1",
        account_id="acc_1",
        employee_id="emp_1",
        credited_unit_id="unt_t1",
        credited_path=T1,
        state=VisitState.PLANNED,
        attempt=1,
        planned_at=NOW,
        contact_ids=[],
    )


async def left(work: FakeUnitOfWork, handover: Handover) -> set[tuple[str, str]]:
    return {(item.kind.value, item.id) for item in await outstanding(handover, work.next().survey)}


async def hand_over(work: FakeUnitOfWork, handover: Handover, *items: tuple[Kind, str], **more: Any) -> Handover:
    named = [{"kind": kind, "id": identifier} for kind, identifier in items]
    return await run_in(work, hand_over_items, HandOverItems(handover_id=handover.id, items=named, **more))


async def test_leaving_ends_all_positions_and_opens_a_handover(field: FakeUnitOfWork):
    handover = await leave(field, on="2026-04-01")
    assert (handover.unit_ids, handover.successor_id) == (["unt_t1"], "emp_2")
    reassigned, opened = field.emitted
    assert isinstance(reassigned, EmployeeReassigned)
    assert (reassigned.employee.leaves_on, reassigned.employee.valid_to) == (day("2026-04-01"), day("2026-04-01"))
    assert isinstance(opened, HandoverOpened)
    assert "reason" not in opened.model_dump()["handover"]
    with pytest.raises(Leaving):
        await leave(field.next())
    take = TakePosition(employee_id="emp_1", unit_id="unt_t2", roles=["rep"])
    with pytest.raises(Leaving):
        await run_in(field.next(), take_position, take)


async def test_a_successor_stays(field: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await leave(field.next(), successor_id="emp_1")
    assert [(one.field, one.code) for one in refused.value.violations] == [("successor_id", "successor_leaves")]
    with pytest.raises(RuleBroken) as refused:
        await leave(field.next(), successor_id="emp_absent")
    assert refused.value.code == "unknown_reference"


async def test_the_checklist_knows_what_the_services_know(field: FakeUnitOfWork):
    handover = await leave(field)
    await know_own_visit(VisitPlanned(visit=a_visit()), field.next())
    await carries(field.next(), 3)
    expected = {("alignment", "aln_A_1"), ("account", "acc_1"), ("visit", "vis_1"), ("stock", "bal_1")}
    assert await left(field, handover) == expected
    await forget_dropped_visit(VisitCancelled(visit=a_visit(), reason_code="other"), field.next())
    await carries(field.next(), 0)
    assert await left(field, handover) == {("alignment", "aln_A_1"), ("account", "acc_1")}


async def test_the_successor_takes_over_institutions_and_coverage(field: FakeUnitOfWork):
    handover = await leave(field)
    work = field.next()
    after = await hand_over(work, handover, (Kind.ACCOUNT, "acc_1"), (Kind.ALIGNMENT, "aln_A_1"))
    assert any(isinstance(event, HandoverItemsHandedOver) for event in work.emitted)
    assert await left(field, after) == set()
    later = field.next()
    assert (await later.get(Account, "acc_1")).unit_id == "unt_t2"
    now = (await later.get(Alignment, "aln_A_1")).holding_on(TODAY)
    assert now is not None
    assert (now.employee_id, now.unit_id) == ("emp_2", "unt_t2")
    again = field.next()
    await hand_over(again, handover, (Kind.ACCOUNT, "acc_1"))
    assert again.emitted == []


async def test_a_successor_in_the_same_territory_leaves_the_institutions_there(field: FakeUnitOfWork):
    take = TakePosition(employee_id="emp_2", unit_id="unt_t1", roles=["rep"])
    await run_in(field.next(), take_position, take)
    handover = await leave(field)
    await hand_over(field.next(), handover, (Kind.ACCOUNT, "acc_1"), (Kind.ALIGNMENT, "aln_A_1"))
    later = field.next()
    assert (await later.get(Account, "acc_1")).unit_id == "unt_t1"
    now = (await later.get(Alignment, "aln_A_1")).holding_on(TODAY)
    assert now is not None
    assert (now.employee_id, now.unit_id) == ("emp_2", "unt_t1")


async def test_what_is_wrong_with_handing_over_is_told_at_once(field: FakeUnitOfWork):
    handover = await leave(field, successor_id=None)
    await carries(field.next(), 3)
    with pytest.raises(RuleBroken) as refused:
        await hand_over(field.next(), handover, (Kind.STOCK, "bal_1"), (Kind.ACCOUNT, "acc_B"), (Kind.ACCOUNT, "acc_1"))
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("items[0].kind", "stock_is_transferred"),
        ("items[1].id", "not_outstanding"),
        ("to_employee_id", "successor_required"),
    ]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({"kind": "advance"}, ("amount", "amount_required")),
        ({"kind": "task", "amount": Advance(amount=1)}, ("amount", "amount_of_advances_only")),
        ({"kind": "stock"}, ("kind", "known_by_itself")),
    ],
)
async def test_an_entry_by_hand_fits_its_kind(field: FakeUnitOfWork, entry: dict[str, Any], wrong: tuple[str, str]):
    handover = await leave(field)
    with pytest.raises(RuleBroken) as refused:
        await run_in(field.next(), write_down_entry, WriteDownEntry(handover_id=handover.id, title="x", **entry))
    assert [(one.field, one.code) for one in refused.value.violations] == [wrong]


async def test_the_record_is_closed_when_stock_and_advances_are_zero(field: FakeUnitOfWork):
    handover = await leave(field)
    await carries(field.next(), 3)
    advance = WriteDownEntry(handover_id=handover.id, kind="advance", title="trip", amount=Advance(amount=50_000))
    entry = (await run_in(field.next(), write_down_entry, advance)).entries[0].id
    close = CloseHandover(handover_id=handover.id)
    with pytest.raises(HandoverOutstanding) as refused:
        await run_in(field.next(), close_handover, close)
    assert refused.value.facts == {"stock": ["bal_1"], "advances": [entry]}
    await carries(field.next(), 0)
    with pytest.raises(HandoverOutstanding) as refused:
        await run_in(field.next(), close_handover, close)
    assert refused.value.facts == {"stock": [], "advances": [entry]}
    await hand_over(field.next(), handover, (Kind.ADVANCE, entry))
    work = field.next()
    closed = await run_in(work, close_handover, close)
    assert closed.closed_on == TODAY
    assert any(isinstance(event, HandoverClosed) for event in work.emitted)
    assert (await work.next().get(Employee, "emp_1")).closed_on == TODAY
    with pytest.raises(HandoverIsClosed):
        await run_in(field.next(), close_handover, close)


async def test_nobody_is_let_go_before_the_last_day(field: FakeUnitOfWork):
    handover = await leave(field, on="2026-03-02")
    with pytest.raises(HasNotLeft):
        await run_in(field.next(), close_handover, CloseHandover(handover_id=handover.id))
