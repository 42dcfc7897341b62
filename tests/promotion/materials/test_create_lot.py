"""Registering lots."""

from datetime import date

import pytest
from chassis.refusals import NotFound
from contracts.events.promotion import LotCreated
from promotion.materials.create_lot import CreateLot, create_lot
from promotion.materials.model import LotNumberTaken

from tests.promotion.samples import Company, a_lot, a_material


def a_command(**changed: object) -> CreateLot:
    return CreateLot.model_validate({"material_id": "itm_1", "number": "B01", "expires_on": "2027-01-01"} | changed)


async def test_a_lot_belongs_to_its_item():
    company = Company()
    await company.given(a_material())
    lot = await company.run(create_lot, a_command())
    [created] = company.events
    assert isinstance(created, LotCreated)
    assert created.lot == lot.state()
    assert (lot.material_id, lot.number, lot.expires_on) == ("itm_1", "B01", date(2027, 1, 1))


async def test_a_number_is_given_once_per_item():
    company = Company()
    await company.given(a_material(), a_material("itm_2"))
    await company.run(create_lot, a_command())
    with pytest.raises(LotNumberTaken) as refused:
        await company.run(create_lot, a_command())
    assert refused.value.status == 409
    await company.run(create_lot, a_command(material_id="itm_2"))


async def test_there_are_no_lots_of_an_item_that_does_not_exist():
    with pytest.raises(NotFound):
        await Company().run(create_lot, a_command())


@pytest.mark.parametrize(
    ("expires_on", "day", "expired"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), False),
        (date(2026, 3, 1), date(2026, 3, 2), True),
        (None, date(2199, 1, 1), False),
    ],
)
def test_a_lot_is_usable_through_the_day_it_expires(expires_on: date | None, day: date, expired: bool):
    assert a_lot(expires_on=expires_on).expired_on(day) is expired
