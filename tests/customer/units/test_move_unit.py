"""Moving, renaming and closing units."""

from datetime import timedelta

import pytest
from chassis.clock import FixedClock
from chassis.journal import Cause
from chassis.refusals import NotFound, RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, an_admin, run_in
from chassis.testing.principals import HQ_PATH, NORTH, SOUTH
from contracts.events.customer import (
    UnitClosed,
    UnitMoved,
    UnitMovePlanned,
    UnitRenamed,
)
from contracts.values import UnitKind
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.model import Account
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.model import Employee
from customer.employees.take_position import TakePosition, take_position
from customer.units.close_unit import CloseUnit, UnitInUse, close_unit
from customer.units.create_unit import CreateUnit, create_unit
from customer.units.follow_paths import FollowPaths, follow_paths
from customer.units.model import (
    ClosedBeforeLastMove,
    Cycle,
    HeadOfficeHasNoParent,
    HeadOfficeStays,
    KindNotBelowParent,
    Unit,
    UnitIsClosed,
)
from customer.units.move_unit import ApplyDueMoves, MoveUnit, apply_due_moves, move_unit
from customer.units.parentage import MoveBeforeLast
from customer.units.path_changes import PathChange, note_path
from customer.units.rename_unit import RenameUnit, rename_unit

from tests.customer.builders import NOW, TODAY, a_unit, an_account, day

OFFICE = NORTH + "unt_o/"
TERRITORY = OFFICE + "unt_t/"


@pytest.fixture
async def tree() -> FakeUnitOfWork:
    """North with an office, a territory, a representative and a hospital below; south with nothing."""
    work = FakeUnitOfWork(principal=an_admin(), now=NOW, clock=FixedClock(NOW))
    for unit in (
        a_unit(HQ_PATH),
        a_unit(NORTH),
        a_unit(SOUTH),
        a_unit(OFFICE, UnitKind.OFFICE),
        a_unit(TERRITORY, UnitKind.TERRITORY),
    ):
        await work.given(unit)
    hire = CreateEmployee(
        employee_id="emp_t", name="x", username="rep", roles=["rep"], unit_id="unt_t", valid_from=day("2025-01-01")
    )
    await run_in(work, create_employee, hire)
    await work.given(an_account("acc_T", path=TERRITORY))
    return work.next()


def to(parent_id: str, *, unit: str = "unt_o", on: str | None = None) -> MoveUnit:
    return MoveUnit(unit_id=unit, to_parent_id=parent_id, on=on and day(on), reason="reorganised")


async def settle(work: FakeUnitOfWork) -> list[str]:
    """Let everything follow; the types of what was told, in order."""
    told: list[str] = []
    while True:
        step = work.next()
        step.cause = Cause(command="test")
        count = await follow_paths(FollowPaths(limit=1), step)
        await step.commit()
        told += [type(event).__name__ for event in step.emitted]
        if not count:
            return told


async def moved(work: FakeUnitOfWork, command: MoveUnit) -> UnitMoved:
    """The event of a move."""
    await run_in(work, move_unit, command)
    (event,) = work.emitted
    assert isinstance(event, UnitMoved)
    return event


async def test_a_moved_unit_is_seen_in_the_new_region_at_once_and_both_regions_are_told(tree: FakeUnitOfWork):
    event = await moved(tree, to("unt_south"))
    assert (event.from_parent_id, event.to_parent_id, event.on) == ("unt_north", "unt_south", TODAY)
    assert (event.from_path, event.unit.path) == (OFFICE, SOUTH + "unt_o/")
    assert tree.journal()[-1]["events"][0]["unit_paths"] == [OFFICE, SOUTH + "unt_o/"]
    assert tree.journal()[-1]["reason"] == "reorganised"
    assert await tree.next(principal=a_manager(SOUTH)).get(Unit, "unt_o")
    with pytest.raises(NotFound):
        await tree.next(principal=a_manager(NORTH)).get(Unit, "unt_o")


async def test_units_employees_and_institutions_below_follow_and_tell_so(tree: FakeUnitOfWork):
    await moved(tree, to("unt_south"))
    assert await settle(tree) == ["UnitPathChanged", "EmployeeReassigned", "AccountRealigned"]
    after, path = tree.next(), SOUTH + "unt_o/unt_t/"
    assert (await after.get(Unit, "unt_t")).path == path
    employee = await after.get(Employee, "emp_t")
    assert (employee.unit_path, employee.positions[0].unit_path, employee.visible[0].path) == (path, path, path)
    account = await after.get(Account, "acc_T")
    assert (account.unit_path, account.visible[0].path) == (path, path)
    assert await after.next(principal=a_manager(SOUTH)).get(Account, "acc_T")


async def test_following_may_be_done_twice_and_ends_when_nothing_can_come_in_any_more(tree: FakeUnitOfWork):
    event = await moved(tree, to("unt_south"))
    await settle(tree)
    again = tree.next()
    await note_path("unt_o", event.from_path, again)
    await again.commit()
    assert await settle(tree) == []
    late = FakeUnitOfWork(principal=an_admin(), now=NOW + timedelta(seconds=16), store=tree.fake)
    while await follow_paths(FollowPaths(), late):
        await late.commit()
        late = FakeUnitOfWork(principal=an_admin(), now=NOW + timedelta(seconds=16), store=tree.fake)
    assert await late.find(PathChange, {}) == []


async def test_whoever_comes_late_with_the_former_path_is_put_right(tree: FakeUnitOfWork):
    await moved(tree, to("unt_south"))
    await settle(tree)
    await tree.next().given(an_account("acc_late", path=TERRITORY))
    late = FakeUnitOfWork(principal=an_admin(), now=NOW + timedelta(seconds=16), store=tree.fake)
    for _ in range(3):
        await follow_paths(FollowPaths(), late)
        await late.commit()
        late = FakeUnitOfWork(principal=an_admin(), now=NOW + timedelta(seconds=16), store=tree.fake)
    assert (await late.get(Account, "acc_late")).unit_path == SOUTH + "unt_o/unt_t/"


async def test_moving_there_and_back_leaves_everything_where_it_was(tree: FakeUnitOfWork):
    await moved(tree, to("unt_south", on="2026-02-01"))
    await moved(tree.next(), to("unt_north", on="2026-02-02"))
    await settle(tree)
    assert (await tree.next().get(Account, "acc_T")).unit_path == TERRITORY


async def test_a_planned_move_takes_effect_on_its_day(tree: FakeUnitOfWork):
    unit = await run_in(tree, move_unit, to("unt_south", on="2026-03-05"))
    (event,) = tree.emitted
    assert isinstance(event, UnitMovePlanned)
    assert (unit.path, unit.parent_on(day("2026-03-05")), unit.due_on) == (OFFICE, "unt_south", day("2026-03-05"))
    early = tree.next()
    assert await run_in(early, apply_due_moves, ApplyDueMoves()) == 0
    on_the_day = FakeUnitOfWork(principal=an_admin(), now=NOW + timedelta(days=4), store=tree.fake)
    assert await run_in(on_the_day, apply_due_moves, ApplyDueMoves()) == 1
    (event,) = on_the_day.emitted
    assert isinstance(event, UnitMoved)
    assert (event.unit.path, event.on) == (SOUTH + "unt_o/", day("2026-03-05"))
    assert (await on_the_day.get(Unit, "unt_o")).due_on is None


async def test_a_unit_cannot_be_moved_below_itself(tree: FakeUnitOfWork):
    for target in ("unt_o", "unt_t"):
        with pytest.raises(Cycle) as refused:
            await run_in(tree.next(), move_unit, to(target))
        assert (refused.value.code, refused.value.status) == ("cycle", 422)


async def test_kinds_stay_below_the_parent(tree: FakeUnitOfWork):
    for unit, target in (("unt_north", "unt_south"), ("unt_t", "unt_t2")):
        await run_in(
            tree.next(), create_unit, CreateUnit(unit_id=f"{target}0", name="x", kind="territory", parent_id="unt_o")
        )
        with pytest.raises(KindNotBelowParent):
            await run_in(tree.next(), move_unit, to(target if target == "unt_south" else "unt_t20", unit=unit))


async def test_the_head_office_stays_at_the_top(tree: FakeUnitOfWork):
    with pytest.raises(HeadOfficeHasNoParent):
        await run_in(tree, move_unit, to("unt_north", unit="unt_hq"))


async def test_a_move_to_where_it_stands_is_no_move(tree: FakeUnitOfWork):
    await moved(tree, to("unt_south"))
    again = tree.next()
    unit = await run_in(again, move_unit, to("unt_south"))
    assert (unit.version, again.emitted) == (2, [])


async def test_moves_are_recorded_in_order(tree: FakeUnitOfWork):
    await moved(tree, to("unt_south"))
    with pytest.raises(MoveBeforeLast):
        await run_in(tree.next(), move_unit, to("unt_north", on="2026-02-01"))


@pytest.mark.parametrize("target", ["unt_absent", "unt_closed"])
async def test_the_new_parent_must_stand(tree: FakeUnitOfWork, target: str):
    closed = a_unit(SOUTH + "unt_closed/", UnitKind.DISTRICT)
    closed.close(TODAY)
    await tree.given(closed)
    with pytest.raises(RuleBroken) as refused:
        await run_in(tree, move_unit, to(target))
    assert refused.value.code == ("unknown_reference" if target == "unt_absent" else "unit_closed")
    assert refused.value.violations[0].field == "to_parent_id"


async def test_renaming_tells_the_new_name_once(tree: FakeUnitOfWork):
    await run_in(tree, rename_unit, RenameUnit(unit_id="unt_o", name="Tianjin"))
    (event,) = tree.emitted
    assert isinstance(event, UnitRenamed)
    assert event.unit.name == "Tianjin"
    again = tree.next()
    await run_in(again, rename_unit, RenameUnit(unit_id="unt_o", name="Tianjin"))
    assert again.emitted == []


async def test_a_unit_is_not_closed_while_something_depends_on_it(tree: FakeUnitOfWork):
    for unit, dependents in (
        ("unt_o", {"units": ["unt_t"]}),
        ("unt_t", {"employees": ["emp_t"], "accounts": ["acc_T"]}),
    ):
        with pytest.raises(UnitInUse) as refused:
            await run_in(tree.next(), close_unit, CloseUnit(unit_id=unit, reason="x"))
        assert refused.value.facts == dependents


async def test_a_planned_position_or_move_keeps_a_unit_open(tree: FakeUnitOfWork):
    await run_in(tree, move_unit, to("unt_south", on="2026-06-01"))
    with pytest.raises(UnitInUse) as refused:
        await run_in(tree.next(), close_unit, CloseUnit(unit_id="unt_south", reason="x"))
    assert refused.value.facts == {"units": ["unt_o"]}
    take = TakePosition(employee_id="emp_t", unit_id="unt_south", roles=["manager"], valid_from=day("2026-05-01"))
    await run_in(tree.next(), take_position, take)
    await run_in(tree.next(), move_unit, to("unt_north", on="2026-06-01"))
    with pytest.raises(UnitInUse) as refused:
        await run_in(tree.next(), close_unit, CloseUnit(unit_id="unt_south", reason="x"))
    assert refused.value.facts == {"employees": ["emp_t"]}


async def test_an_empty_unit_is_closed_and_takes_nothing_more(tree: FakeUnitOfWork):
    unit = await run_in(tree, close_unit, CloseUnit(unit_id="unt_south", reason="no business"))
    (event,) = tree.emitted
    assert isinstance(event, UnitClosed)
    assert (event.unit.closed_on, unit.stands_on(TODAY), unit.stands_on(day("2026-02-28"))) == (TODAY, False, True)
    with pytest.raises(UnitIsClosed):
        await run_in(tree.next(), close_unit, CloseUnit(unit_id="unt_south", reason="x"))
    for use_case, command in (
        (create_unit, CreateUnit(name="x", kind="office", parent_id="unt_south")),
        (create_account, CreateAccount(name="x", kind="clinic", unit_id="unt_south")),
        (create_employee, CreateEmployee(name="x", username="x1", roles=["rep"], unit_id="unt_south")),
        (take_position, TakePosition(employee_id="emp_t", roles=["manager"], unit_id="unt_south")),
    ):
        with pytest.raises(RuleBroken) as refused:
            await run_in(tree.next(), use_case, command)
        assert refused.value.code == "unit_closed"


async def test_the_head_office_is_not_closed(tree: FakeUnitOfWork):
    with pytest.raises(HeadOfficeStays):
        await run_in(tree, close_unit, CloseUnit(unit_id="unt_hq", reason="x"))


async def test_a_closure_lies_between_the_last_move_and_today(tree: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(tree.next(), close_unit, CloseUnit(unit_id="unt_south", on=day("2026-03-02"), reason="x"))
    assert refused.value.code == "in_the_future"
    opened = await run_in(tree.next(), create_unit, CreateUnit(name="x", kind="office", parent_id="unt_south"))
    with pytest.raises(ClosedBeforeLastMove):
        await run_in(tree.next(), close_unit, CloseUnit(unit_id=opened.id, on=day("2026-02-28"), reason="x"))
    assert (await run_in(tree.next(), close_unit, CloseUnit(unit_id=opened.id, reason="a slip"))).closed_on == TODAY
