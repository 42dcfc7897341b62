"""Positions over time: the rules of the timeline, and the commands that change it."""

from datetime import date, timedelta
from typing import Any

import pytest
from chassis.refusals import Refusal, RuleBroken
from chassis.testing import FakeUnitOfWork, an_admin, run_in
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import EmployeeReassigned
from contracts.roles import Role
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.employees.end_position import EndPosition, SeeTheDay, end_position, see_the_day
from customer.employees.model import Employee, UnknownPosition
from customer.employees.positions import (
    MAX_POSITIONS,
    Position,
    PositionEndsBeforeItStarts,
    PositionHasEnded,
    PositionOverlaps,
    SharesExceedWhole,
    TooManyPositions,
    in_order,
    main_on,
)
from customer.employees.reassign_employee import ReassignEmployee, reassign_employee
from customer.employees.take_position import TakePosition, take_position
from customer.lines.model import Line

from tests.customer.builders import NOW, TODAY, day


def a_position(
    id: str = "pos_1",
    since: str = "2026-01-01",
    until: str | None = None,
    *,
    unit: str = "unt_north",
    roles: tuple[Role, ...] = (Role.REP,),
    share: int | None = None,
) -> Position:
    path = {"unt_north": NORTH, "unt_south": SOUTH}[unit]
    return Position(
        id=id,
        unit_id=unit,
        unit_path=path,
        roles=list(roles),
        share=share,
        valid_from=day(since),
        valid_to=day(until) if until else None,
    )


OVERLAPPING = [
    (("2026-01-01", None), ("2026-06-01", None), True),
    (("2026-01-01", "2026-06-01"), ("2026-06-01", None), False),
    (("2026-01-01", "2026-06-02"), ("2026-06-01", None), True),
    (("2026-06-01", "2026-07-01"), ("2026-01-01", "2026-12-01"), True),
]


@pytest.mark.parametrize(("one", "other", "overlap"), OVERLAPPING)
def test_nobody_has_one_role_in_one_unit_twice_at_an_instant(
    one: tuple[str, str | None], other: tuple[str, str | None], overlap: bool
):
    positions = [a_position("pos_1", *one), a_position("pos_2", *other)]
    if overlap:
        with pytest.raises(PositionOverlaps):
            in_order(positions)
    else:
        assert [position.id for position in in_order(positions)] == ["pos_1", "pos_2"]


def test_another_role_or_another_unit_is_another_position():
    in_order([a_position("pos_1"), a_position("pos_2", roles=(Role.MANAGER,)), a_position("pos_3", unit="unt_south")])


@pytest.mark.parametrize(("shares", "fits"), [((60, 40), True), ((60, 41), False), ((100, None), True)])
def test_shares_of_an_instant_make_at_most_the_whole(shares: tuple[int | None, int | None], fits: bool):
    positions = [a_position("pos_1", share=shares[0]), a_position("pos_2", unit="unt_south", share=shares[1])]
    if fits:
        assert in_order(positions)
    else:
        with pytest.raises(SharesExceedWhole):
            in_order(positions)


def test_shares_one_after_the_other_do_not_add_up():
    in_order([a_position("pos_1", until="2026-03-01", share=80), a_position("pos_2", since="2026-03-01", share=80)])


def test_the_timeline_has_a_limit():
    start = day("2020-01-01")
    days = [(start + timedelta(days=n), start + timedelta(days=n + 1)) for n in range(MAX_POSITIONS + 1)]
    positions = [a_position(f"pos_{n}", str(since), str(until)) for n, (since, until) in enumerate(days)]
    assert in_order(positions[:-1])
    with pytest.raises(TooManyPositions):
        in_order(positions)


@pytest.mark.parametrize(
    ("on", "main"),
    [("2025-12-31", "pos_1"), ("2026-01-01", "pos_1"), ("2026-02-01", "pos_2"), ("2026-04-01", "pos_3")],
)
def test_the_main_position_is_the_one_with_the_greatest_share(on: str, main: str):
    positions = [
        a_position("pos_1", until="2026-03-01", share=40),
        a_position("pos_2", since="2026-02-01", until="2026-03-01", unit="unt_south", share=60),
        a_position("pos_3", since="2026-02-01", until="2026-04-01", unit="unt_south", share=10),
    ]
    assert main_on(positions, day(on)).id == main


@pytest.fixture
async def hired(work: FakeUnitOfWork) -> FakeUnitOfWork:
    """A representative of the north since January."""
    await run_in(
        work,
        create_employee,
        CreateEmployee(
            employee_id="emp_1",
            name="王小明",
            username="wang",
            roles=["rep"],
            unit_id="unt_north",
            share=60,
            valid_from=day("2026-01-01"),
        ),
    )
    return work.next(principal=an_admin())


async def take(work: FakeUnitOfWork, **more: Any) -> Employee:
    fields: dict[str, Any] = {"employee_id": "emp_1", "unit_id": "unt_south", "roles": ["manager"]}
    return await run_in(work, take_position, TakePosition(**(fields | more)))


async def test_a_further_position_makes_the_employee_visible_in_both_regions(hired: FakeUnitOfWork):
    employee = await take(hired, share=40)
    assert [stamp.path for stamp in employee.visible] == [NORTH, SOUTH]
    assert (employee.unit_id, employee.roles) == ("unt_north", [Role.REP])
    (event,) = hired.emitted
    assert isinstance(event, EmployeeReassigned)
    assert [(one.unit_id, one.roles, one.share) for one in event.employee.positions] == [
        ("unt_north", [Role.REP], 60),
        ("unt_south", [Role.MANAGER], 40),
    ]


async def test_a_position_is_for_lines_that_exist(hired: FakeUnitOfWork):
    await hired.given(Line.open(id="lin_1", name="x", code="X"))
    employee = await take(hired, line_ids=["lin_1"], share=40)
    assert employee.positions[1].line_ids == ["lin_1"]
    with pytest.raises(RuleBroken) as refused:
        await take(hired.next(), line_ids=["lin_1", "lin_no"], unit_id="unt_absent")
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("unit_id", "unknown_reference"),
        ("line_ids[1]", "unknown_reference"),
    ]


@pytest.mark.parametrize(
    ("more", "refusal", "field"),
    [
        ({"share": 50}, SharesExceedWhole, "share"),
        ({"unit_id": "unt_north", "roles": ["rep"], "share": 1}, PositionOverlaps, "valid_from"),
        ({"valid_from": TODAY, "valid_to": TODAY}, PositionEndsBeforeItStarts, "valid_to"),
    ],
)
async def test_a_position_that_breaks_a_rule_is_refused(
    hired: FakeUnitOfWork, more: dict[str, Any], refusal: type[Refusal], field: str
):
    with pytest.raises(refusal) as refused:
        await take(hired, **more)
    assert [one.field for one in refused.value.violations] == [field]


async def test_a_planned_position_takes_effect_on_its_day_and_tells_so(hired: FakeUnitOfWork):
    planned = await take(hired, share=None, valid_from=day("2026-04-01"), valid_to=day("2026-05-01"))
    assert (planned.unit_id, planned.due_on) == ("unt_north", day("2026-04-01"))

    async def on(text: str) -> tuple[int, list[str]]:
        later = FakeUnitOfWork(principal=an_admin(), now=NOW + (day(text) - TODAY), store=hired.fake)
        count = await run_in(later, see_the_day, SeeTheDay())
        return count, [event.employee.unit_id for event in later.emitted if isinstance(event, EmployeeReassigned)]

    assert await on("2026-03-31") == (0, [])
    assert await on("2026-04-01") == (1, ["unt_south"])
    assert await on("2026-04-01") == (0, [])
    assert await on("2026-05-01") == (1, ["unt_north"])


async def end(work: FakeUnitOfWork, position_id: str, on: date) -> Employee:
    return await run_in(work, end_position, EndPosition(employee_id="emp_1", position_id=position_id, on=on))


async def test_an_ended_position_no_longer_counts(hired: FakeUnitOfWork):
    first = (await take(hired, share=40)).positions[0].id
    employee = await end(hired.next(), first, TODAY)
    assert (employee.unit_id, [stamp.path for stamp in employee.visible]) == ("unt_south", [SOUTH])
    assert (employee.valid_from, employee.valid_to) == (day("2026-01-01"), None)
    again = hired.next()
    await end(again, first, TODAY)
    assert again.emitted == []
    with pytest.raises(PositionHasEnded):
        await end(hired.next(), first, day("2026-02-01"))


async def test_a_plan_is_dropped_and_the_only_position_is_not(hired: FakeUnitOfWork):
    planned = await take(hired, valid_from=day("2026-04-01"), share=40)
    rest = await end(hired.next(), planned.positions[1].id, TODAY)
    assert [one.unit_id for one in rest.positions] == ["unt_north"]
    with pytest.raises(PositionEndsBeforeItStarts) as refused:
        await end(hired.next(), rest.positions[0].id, day("2026-01-01"))
    assert refused.value.violations[0].field == "on"


async def test_a_position_of_somebody_else_is_absent(hired: FakeUnitOfWork):
    with pytest.raises(UnknownPosition):
        await end(hired, "pos_other", TODAY)


async def test_a_reassignment_ends_the_former_position_today(hired: FakeUnitOfWork):
    employee = await run_in(hired, reassign_employee, ReassignEmployee(employee_id="emp_1", unit_id="unt_south"))
    assert [(one.unit_id, one.valid_from, one.valid_to) for one in employee.positions] == [
        ("unt_north", day("2026-01-01"), TODAY),
        ("unt_south", TODAY, None),
    ]
    assert (employee.valid_from, employee.main_on(day("2026-02-01")).unit_id) == (day("2026-01-01"), "unt_north")


async def test_the_end_of_the_employment_ends_every_position(hired: FakeUnitOfWork):
    await take(hired, share=40)
    end_on = day("2026-06-01")
    work = hired.next()
    employee = await run_in(work, reassign_employee, ReassignEmployee(employee_id="emp_1", valid_to=end_on))
    assert [one.valid_to for one in employee.positions] == [end_on, end_on]


def test_a_document_from_before_positions_had_a_timeline_holds_one():
    stored = {
        "_id": "emp_old",
        "name": "x",
        "username": "old",
        "roles": ["rep"],
        "unit_id": "unt_north",
        "unit_path": NORTH,
        "valid_from": "2025-01-01",
        "valid_to": None,
    }
    (position,) = Employee.load(stored).positions
    assert (position.id, position.unit_id, position.valid_from) == ("pos_old", "unt_north", day("2025-01-01"))
