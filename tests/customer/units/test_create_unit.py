"""Opening units of the organisation."""

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import HQ_PATH, SOUTH
from contracts.events.customer import UnitCreated
from contracts.values import UnitKind
from customer.units.create_unit import CreateUnit, create_unit
from customer.units.model import (
    HeadOfficeExists,
    HeadOfficeHasNoParent,
    KindNotBelowParent,
    ParentRequired,
    Unit,
    is_below,
)

from tests.customer.builders import a_unit

ORDER = [UnitKind.HQ, UnitKind.REGION, UnitKind.DISTRICT, UnitKind.OFFICE, UnitKind.TERRITORY]


async def test_a_unit_lies_on_the_path_of_its_parent_and_sees_itself(work: FakeUnitOfWork):
    unit = await run_in(work, create_unit, CreateUnit(name="Office", kind="office", parent_id="unt_north"))
    assert unit.path == f"/unt_hq/unt_north/{unit.id}/"
    assert [stamp.path for stamp in unit.visible] == [unit.path]
    (event,) = work.emitted
    assert isinstance(event, UnitCreated)
    assert (event.unit.path, event.unit.parent_id, event.unit.kind) == (unit.path, "unt_north", UnitKind.OFFICE)


async def test_a_loader_gives_the_id():
    work = FakeUnitOfWork()
    unit = await run_in(work, create_unit, CreateUnit(unit_id="unt_1", name="Head office", kind="hq"))
    assert (unit.id, unit.path) == ("unt_1", "/unt_1/")


async def test_there_is_one_head_office(work: FakeUnitOfWork):
    with pytest.raises(HeadOfficeExists):
        await run_in(work, create_unit, CreateUnit(name="Another", kind="hq"))


async def test_the_head_office_has_no_parent(work: FakeUnitOfWork):
    with pytest.raises(HeadOfficeHasNoParent):
        await run_in(work, create_unit, CreateUnit(name="Another", kind="hq", parent_id="unt_north"))


async def test_every_other_unit_has_a_parent(work: FakeUnitOfWork):
    with pytest.raises(ParentRequired) as refused:
        await run_in(work, create_unit, CreateUnit(name="Region", kind="region"))
    assert refused.value.violations[0].field == "parent_id"


@pytest.mark.parametrize("above", ORDER)
@pytest.mark.parametrize("below", ORDER)
def test_kinds_go_down_from_the_head_office(above: UnitKind, below: UnitKind):
    assert is_below(below, above) == (ORDER.index(below) > ORDER.index(above))


async def test_a_region_cannot_stand_under_a_region(work: FakeUnitOfWork):
    with pytest.raises(KindNotBelowParent):
        await run_in(work, create_unit, CreateUnit(name="Region", kind="region", parent_id="unt_north"))


@pytest.mark.parametrize("parent_id", ["unt_absent", "unt_south"])
async def test_a_parent_that_is_absent_or_not_visible_is_an_unknown_reference(work: FakeUnitOfWork, parent_id: str):
    northern = work.next(principal=a_manager())
    with pytest.raises(RuleBroken) as refused:
        await run_in(northern, create_unit, CreateUnit(name="Office", kind="office", parent_id=parent_id))
    assert (refused.value.code, refused.value.violations[0].field) == ("unknown_reference", "parent_id")


def test_the_tree_is_built_from_its_root():
    assert a_unit(SOUTH).path == SOUTH
    assert isinstance(a_unit(HQ_PATH), Unit)
    assert a_unit(HQ_PATH).root == "root"
    assert a_unit(SOUTH).root is None
