"""Places open with the organisation, once."""

import pytest
from contracts.events.promotion import LocationOpened
from contracts.roles import Role
from contracts.values import LocationKind, UnitKind
from promotion.locations.model import SUPPLIER_ID, location_id
from promotion.locations.open_location import open_for_employee, open_for_unit

from tests.promotion.samples import HQ, NORTH, NORTH_TERRITORY, Company, a_unit, an_employee


def kinds(company: Company) -> list[str]:
    return sorted(event.location.kind.value for event in company.events if isinstance(event, LocationOpened))


async def test_the_head_office_brings_a_warehouse_and_the_supplier():
    company = Company()
    await company.run(open_for_unit, a_unit())
    assert kinds(company) == ["supplier", "warehouse"]
    rows = company.store.rows("locations")
    assert [stamp["path"] for stamp in rows[SUPPLIER_ID]["visible"]] == [HQ]
    assert rows[location_id(LocationKind.WAREHOUSE, "unt_hq")]["unit_id"] == "unt_hq"


async def test_there_is_one_supplier_however_many_head_offices():
    company = Company()
    await company.run(open_for_unit, a_unit())
    await company.run(open_for_unit, a_unit("unt_hq2", path="/unt_hq2/"))
    assert kinds(company) == ["supplier", "warehouse", "warehouse"]


@pytest.mark.parametrize("kind", [UnitKind.OFFICE, UnitKind.DISTRICT, UnitKind.REGION])
async def test_a_unit_between_head_office_and_territory_has_an_office_s_stock(kind: UnitKind):
    company = Company()
    await company.run(open_for_unit, a_unit("unt_north", kind=kind, path=NORTH))
    assert kinds(company) == ["office"]


async def test_a_territory_has_no_stock_of_its_own():
    company = Company()
    await company.run(open_for_unit, a_unit("unt_t1", kind=UnitKind.TERRITORY, path=NORTH_TERRITORY))
    assert company.events == []


async def test_a_representative_gets_a_place_that_the_unit_s_managers_see():
    company = Company()
    await company.run(open_for_employee, an_employee())
    [row] = company.store.rows("locations").values()
    assert (row["kind"], row["employee_id"], row["name"]) == ("representative", "emp_rep", "rep")
    assert [stamp["path"] for stamp in row["visible"]] == [NORTH_TERRITORY]


async def test_other_roles_carry_no_stock():
    company = Company()
    await company.run(open_for_employee, an_employee(roles=(Role.MANAGER,)))
    assert company.events == []


async def test_a_second_delivery_opens_nothing():
    company = Company()
    for _ in range(2):
        await company.run(open_for_unit, a_unit())
        await company.run(open_for_employee, an_employee())
    assert kinds(company) == ["representative", "supplier", "warehouse"]


def test_owners_with_the_same_tail_have_different_places():
    owners = [
        (LocationKind.WAREHOUSE, "unt_1"),
        (LocationKind.REPRESENTATIVE, "emp_1"),
        (LocationKind.CUSTOMER, "acc_1"),
        (LocationKind.OFFICE, "unt_1"),
    ]
    assert len({location_id(*owner) for owner in owners}) == len(owners)
    assert all(len(location_id(*owner)) == 36 for owner in owners)
