"""Which events open and move places."""

from typing import Any

from chassis.reactions import reactions_in
from contracts.events import Event
from contracts.events.customer import (
    AccountCorrected,
    AccountCreated,
    AccountRealigned,
    EmployeeHired,
    EmployeeReassigned,
)
from contracts.roles import Role
from contracts.values import Stamp
from promotion.disbursements.decide_disbursement import decide_disbursement
from promotion.locations import reactions

from tests.promotion.known.test_reactions import an_account
from tests.promotion.samples import (
    NORTH,
    NOW,
    SOUTH,
    Company,
    a_bag,
    a_balance,
    a_line,
    a_lot,
    a_submitted_visit,
    an_employee,
    customer_location,
)


async def hear(company: Company, event: Event) -> None:
    async def react(_: None, work: Any) -> None:
        for handle in reactions_in([reactions])[event.TYPE]:
            await handle(event, work)

    await company.run(react, None)


def paths(company: Company, location_id: str) -> list[str]:
    return [stamp["path"] for stamp in company.store.rows("locations")[location_id]["visible"]]


async def test_whoever_becomes_a_representative_gets_a_place():
    company = Company()
    manager = an_employee(roles=(Role.MANAGER,))
    await hear(company, EmployeeHired(employee=manager, invitation_sha256="0" * 64, invitation_expires_at=NOW))
    assert company.store.rows("locations") == {}
    await hear(company, EmployeeReassigned(employee=an_employee()))
    assert list(company.store.rows("locations")) == [a_bag().id]


async def test_the_stock_of_a_former_representative_stays_on_record_where_the_person_is_now():
    company = Company()
    await company.given(a_bag())
    await hear(company, EmployeeReassigned(employee=an_employee(roles=(Role.MANAGER,), path=SOUTH)))
    assert paths(company, a_bag().id) == [SOUTH]


async def test_a_customer_s_place_opened_before_the_institution_was_heard_of_gets_its_name_and_unit():
    company = Company()
    lot = a_lot()
    await company.given(lot, a_bag(), a_balance(lot, a_bag(), 5))
    await company.run(decide_disbursement, a_submitted_visit(a_line()))
    await hear(company, AccountCreated(account=an_account(unit_path=SOUTH)))
    await company.restamp()
    row = company.store.rows("locations")[customer_location()]
    assert (row["name"], paths(company, customer_location())) == ("First Hospital", [SOUTH])
    [balance] = [b for b in company.store.rows("stock_balances").values() if b["location_id"] == customer_location()]
    assert [stamp["path"] for stamp in balance["visible"]] == [SOUTH]
    assert balance["on_hand"] == 1


async def test_a_customer_s_place_is_seen_by_the_territories_that_cover_the_institution():
    company = Company()
    lot = a_lot()
    await company.given(lot, a_bag(), a_balance(lot, a_bag(), 5))
    await company.run(decide_disbursement, a_submitted_visit(a_line()))
    stamps = [Stamp(path=NORTH), Stamp(line="lin_1", path=SOUTH)]
    await hear(company, AccountRealigned(account=an_account().model_copy(update={"visible": stamps})))
    assert paths(company, customer_location()) == [NORTH, SOUTH]
    await company.restamp()
    [balance] = [b for b in company.store.rows("stock_balances").values() if b["location_id"] == customer_location()]
    assert [stamp["line"] for stamp in balance["visible"]] == ["*", "lin_1"]


async def test_an_institution_without_stock_has_no_place():
    company = Company()
    await hear(company, AccountCreated(account=an_account()))
    await hear(company, AccountCorrected(account=an_account(name="Other"), changed=["name"]))
    assert company.store.rows("locations") == {}
