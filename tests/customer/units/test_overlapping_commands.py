"""The tree stays a tree however closely two commands overlap."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from chassis.journal import Cause
from chassis.refusals import Refusal
from chassis.testing import a_steward, an_admin
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from contracts.values import UnitKind
from customer.accounts.create_account import CreateAccount, create_account
from customer.employees.create_employee import CreateEmployee, create_employee
from customer.units.close_unit import CloseUnit, close_unit
from customer.units.create_unit import CreateUnit, create_unit
from customer.units.model import Unit
from customer.units.move_unit import MoveUnit, move_unit

from tests.customer.builders import a_unit
from tests.customer.contacts.test_overlapping_commands import overtaken
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack


def to(parent_id: str, unit: str) -> MoveUnit:
    return MoveUnit(unit_id=unit, to_parent_id=parent_id, reason="x")


@pytest_asyncio.fixture(loop_scope="session")
async def admin(client: ServiceClient) -> Person:
    return Person(client, an_admin())


def moving(client: ServiceClient, command: MoveUnit) -> Any:
    """A move that commits on its own."""

    async def move() -> None:
        await client.app.state.edge.works.run(
            lambda work: move_unit(command, work), principal=an_admin(), cause=Cause(command="test")
        )

    return move


async def test_of_two_moves_that_together_make_a_cycle_one_is_refused(
    client: ServiceClient, monkeypatch: pytest.MonkeyPatch
):
    """Kinds alone would forbid it already; the tree does not rely on them."""
    monkeypatch.setattr("customer.units.model.is_below", lambda kind, other: True)
    await seed(client, [a_unit(NORTH + "unt_a/", UnitKind.DISTRICT), a_unit(SOUTH + "unt_b/", UnitKind.DISTRICT)])
    other = moving(client, to("unt_a", "unt_b"))
    assert await overtaken(client, move_unit, to("unt_b", "unt_a"), other) == "cycle after 2"


async def test_of_two_moves_that_make_a_cycle_further_up_one_is_refused(
    client: ServiceClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("customer.units.model.is_below", lambda kind, other: True)
    await seed(
        client,
        [
            a_unit(NORTH + "unt_c/", UnitKind.DISTRICT),
            a_unit(NORTH + "unt_c/unt_d/", UnitKind.OFFICE),
            a_unit(SOUTH + "unt_e/", UnitKind.DISTRICT),
            a_unit(SOUTH + "unt_e/unt_f/", UnitKind.OFFICE),
        ],
    )
    other = moving(client, to("unt_d", "unt_e"))
    assert await overtaken(client, move_unit, to("unt_f", "unt_c"), other) == "cycle after 2"


async def test_a_unit_that_is_moved_below_a_unit_on_the_move_gets_the_path_of_both_moves(
    client: ServiceClient, admin: Person
):
    await seed(
        client,
        [a_unit(NORTH + "unt_g/", UnitKind.DISTRICT), a_unit(NORTH + "unt_h/", UnitKind.OFFICE)],
    )
    other = moving(client, to("unt_south", "unt_g"))
    assert await overtaken(client, move_unit, to("unt_g", "unt_h"), other) == "done after 2"
    assert (await admin.get("/units/unt_h"))["path"] == f"{SOUTH}unt_g/unt_h/"


async def test_many_moves_at_once_leave_a_tree(client: ServiceClient, admin: Person):
    offices = [(await admin.make("/units", {"name": "x", "kind": "office", "parent_id": "unt_north"}))["id"]]
    offices += [(await admin.make("/units", {"name": "x", "kind": "office", "parent_id": "unt_south"}))["id"]]
    territory = (await admin.make("/units", {"name": "x", "kind": "territory", "parent_id": offices[0]}))["id"]
    moves = [
        (unit, parent)
        for turn in range(6)
        for unit, parent in (
            (territory, offices[turn % 2]),
            (offices[0], ("unt_north", "unt_south")[turn % 2]),
            (offices[1], ("unt_south", "unt_north")[turn % 2]),
        )
    ]
    answers = await asyncio.gather(
        *(admin.call("POST", f"/units/{unit}/moves", {"to_parent_id": parent, "reason": "x"}) for unit, parent in moves)
    )
    assert {answer.status_code for answer in answers} == {200}
    units = {unit: await admin.get(f"/units/{unit}") for unit in (*offices, territory)}
    for unit in offices:
        assert units[unit]["path"] == f"/unt_hq/{units[unit]['parent_id']}/{unit}/"


ARRIVALS: list[tuple[Any, Any]] = [
    (create_unit, lambda unit: CreateUnit(name="x", kind="territory", parent_id=unit)),
    (create_account, lambda unit: CreateAccount(name="Overlap Clinic", kind="clinic", unit_id=unit)),
    (create_employee, lambda unit: CreateEmployee(name="x", username="overlap", roles=["rep"], unit_id=unit)),
    (move_unit, lambda unit: to(unit, "unt_moving")),
]


@pytest.mark.parametrize(("use_case", "command"), ARRIVALS, ids=[use_case.__name__ for use_case, _ in ARRIVALS])
async def test_nothing_slips_under_a_unit_that_closes_meanwhile(client: ServiceClient, use_case: Any, command: Any):
    closing = a_unit(f"{NORTH}unt_{use_case.__name__.replace('_', '')}/", UnitKind.DISTRICT)
    await seed(client, [closing])
    if use_case is move_unit:
        await seed(client, [a_unit(SOUTH + "unt_moving/", UnitKind.TERRITORY)])
    works, tries = client.app.state.edge.works, 0

    async def action(work: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            await work.find_one(Unit, {"_id": "unt_hq"})
            await works.run(
                lambda other: close_unit(CloseUnit(unit_id=closing.id, reason="x"), other),
                principal=an_admin(),
                cause=Cause(command="test"),
            )
        return await use_case(command(closing.id), work)

    with pytest.raises(Refusal) as refused:
        await works.run(action, principal=a_steward(), cause=Cause(command="test"))
    assert (refused.value.code, tries) == ("unit_closed", 2)
