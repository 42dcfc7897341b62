"""Closing across three services on real topics: everybody answers, the open visit and the display hold it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from chassis.clock import FixedClock
from chassis.journal import Cause
from chassis.principal import SystemPrincipal
from chassis.testing import a_rep
from chassis.testing.principals import NORTH
from chassis.testing.service import ServiceClient, running
from chassis.work import UnitOfWork
from contracts.events.promotion import MovementKind
from contracts.values import LocationKind, MaterialClass, Money, Stamp, UnitKind
from customer.app import service as customer_service
from customer.units.model import Unit
from promotion.app import service as promotion_service
from promotion.locations.model import SUPPLIER_ID, Location
from promotion.locations.open_location import open_for_account
from promotion.materials.model import Lot, Material
from promotion.stock.ledger import Posting
from promotion.stock.model import StockBalance
from visits.app import service as visits_service
from visits.known.model import KnownEmployee, Position

from tests.customer.builders import NOW, a_unit, day, the_units
from tests.customer.stack import Person, seed

pytestmark = pytest.mark.stack

TERRITORY = NORTH + "unt_t1/"


@dataclass
class Company:
    """A steward, a representative, and promotion's unit of work."""

    steward: Person
    rep: Person
    promotion: ServiceClient

    async def account(self, name: str) -> str:
        """An institution of the territory that visits has heard of."""
        account_id = (await self.steward.account(name, unit_id="unt_t1"))["id"]
        return account_id

    async def planned(self, account_id: str) -> str:
        """A visit there."""
        answer = await self.rep.call("POST", "/visits", {"account_id": account_id, "planned_at": NOW.isoformat()})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def cancel(self, visit_id: str) -> None:
        """Give it up."""
        body = {"reason_code": "other", "reason": "no more"}
        assert (await self.rep.call("POST", f"/visits/{visit_id}/cancellation", body)).status_code == 200

    async def close(self, account_id: str, **headers: str) -> Any:
        """Ask for the closing; the answer as it came."""
        body = {"stage": "closed", "reason": "demolished"}
        return await self.steward.call("POST", f"/accounts/{account_id}/stage", body, **headers)

    async def shown(self, account_id: str) -> tuple[str, list[str]]:
        """The stage, and who is waited for."""
        account = await self.steward.get(f"/accounts/{account_id}")
        return account["stage"], (account["closing"] or {}).get("waiting_for", [])

    async def in_promotion(self, action: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        """One transaction of promotion's."""
        works = self.promotion.app.state.edge.works
        await works.run(action, principal=SystemPrincipal("tests"), cause=Cause(command="test"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(database_uri: str, database_name: str, broker_address: str, topics: str) -> AsyncIterator[Company]:
    def opened(service: Any, name: str) -> Any:
        return running(
            service,
            database_uri=database_uri,
            database_name=f"{database_name}_{name}",
            broker_address=broker_address,
            topic_prefix=topics,
            relay=True,
            reactions=True,
            clock=FixedClock(NOW),
        )

    async with (
        opened(customer_service, "c") as customer,
        opened(visits_service, "v") as visits,
        opened(promotion_service, "p") as promotion,
    ):
        await seed(
            customer, [*the_units(), Unit.open(id="unt_t1", name="T1", kind=UnitKind.TERRITORY, parent=a_unit(NORTH))]
        )
        since = Position(unit_id="unt_t1", unit_path=TERRITORY, valid_from=day("2020-01-01"))
        employee = KnownEmployee(id="emp_rep", sequence=1, positions=[since])
        await visits.app.state.edge.database.collection("known_employees").insert_one(employee.dump())
        yield Company(Person(customer), Person(visits, a_rep()), promotion)


async def eventually(ask: Callable[[], Awaitable[Any]], wanted: Any, within_s: float = 20.0) -> None:
    until = time.monotonic() + within_s
    while (answer := await ask()) != wanted:
        assert time.monotonic() < until, f"{answer} is still not {wanted}"
        await asyncio.sleep(0.05)


async def test_with_nothing_there_it_is_closed_as_soon_as_all_have_answered(company: Company):
    account_id = await company.account("Empty Hospital")
    answer = await company.close(account_id, prefer="wait=20")
    assert (answer.status_code, answer.json()["stage"]) == (200, "closed"), answer.text
    assert [entry["stage"] for entry in answer.json()["stages"]] == ["prospect", "closing", "closed"]
    refused = await company.rep.call("POST", "/visits", {"account_id": account_id, "planned_at": NOW.isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (422, "account_closed")


async def test_a_visit_that_is_known_of_refuses_the_closing_by_name(company: Company):
    account_id = await company.account("Visited Hospital")
    visit_id = await company.planned(account_id)

    async def outcome() -> Any:
        answer = await company.close(account_id)
        if answer.status_code == 202:  # the visit is still on its way here: call it off and ask again
            await company.steward.call("POST", f"/accounts/{account_id}/stage", {"stage": "prospect", "reason": "x"})
            return None
        problem = answer.json()
        return answer.status_code, problem["code"], problem["dependents"]

    await eventually(outcome, (409, "account_in_use", [{"kind": "visit", "id": visit_id}]))
    await company.cancel(visit_id)

    async def closes() -> bool:
        return (await company.close(account_id)).status_code == 202

    await eventually(closes, True)
    await eventually(lambda: company.shown(account_id), ("closed", []))


async def test_a_visit_that_was_not_known_of_holds_the_closing_until_it_is_over(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    account_id = await company.account("Overtaken Hospital")
    visit_id = await company.planned(account_id)

    async def nothing_heard(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr("customer.closing.dependents.dependents_of", nothing_heard)
    assert (await company.close(account_id)).status_code == 202

    async def holding() -> Any:
        return (await company.steward.get(f"/accounts/{account_id}"))["closing"]["holding"]

    await eventually(holding, [{"service": "visits", "ids": [visit_id]}])
    await eventually(lambda: company.shown(account_id), ("closing", ["visits"]))
    refused = await company.rep.call("POST", "/visits", {"account_id": account_id, "planned_at": NOW.isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (422, "account_closed")
    await company.cancel(visit_id)
    await eventually(lambda: company.shown(account_id), ("closed", []))


async def test_a_display_holds_the_closing_until_it_is_taken_away_and_a_sample_does_not(company: Company):
    account_id = await company.account("Decorated Pharmacy")
    supplier, _ = Location.open(LocationKind.SUPPLIER, name="Supplier", stamps=[Stamp(path="/unt_hq/")])
    lots: list[Lot] = []

    async def supply(work: UnitOfWork) -> None:
        work.add(supplier)
        for kind in (MaterialClass.POS, MaterialClass.SAMPLE):
            material, made = Material.register(
                material_id=Material.new_id(),
                name=kind.value,
                material_class=kind,
                unit_value=Money(amount=100),
                product_id=None,
            )
            work.add(material, made)
            lots.append(Lot(id=Lot.new_id(), material_id=material.id, number=kind.value, visible=supplier.visible))
            work.add(lots[-1])

    async def stand(lot: Lot, quantity: int, work: UnitOfWork) -> None:
        place = await open_for_account(account_id, work, path=TERRITORY)
        posting = Posting(MovementKind.DISBURSEMENT, lot.id, abs(quantity), NOW)
        ends = [(SUPPLIER_ID, supplier), (place.id, place)]
        (source, source_place), (target, target_place) = ends if quantity > 0 else ends[::-1]
        await posting.take_from_outside(source, work, empty=lambda: StockBalance.empty(lot, source_place))
        await posting.give(target, work, empty=lambda: StockBalance.empty(lot, target_place))
        posting.record(work)

    await company.in_promotion(supply)
    for lot in lots:
        await company.in_promotion(lambda work, lot=lot: stand(lot, 2, work))

    async def refused() -> Any:
        answer = await company.close(account_id)
        if answer.status_code == 202:
            await company.steward.call("POST", f"/accounts/{account_id}/stage", {"stage": "prospect", "reason": "x"})
            return None
        return answer.json()["counts"]

    await eventually(refused, {"stock": 1})
    with pytest.MonkeyPatch.context() as patch:

        async def nothing_heard(*_: Any) -> list[Any]:
            return []

        patch.setattr("customer.closing.dependents.dependents_of", nothing_heard)
        assert (await company.close(account_id)).status_code == 202
    await eventually(lambda: company.shown(account_id), ("closing", ["promotion"]))
    await company.in_promotion(lambda work: stand(lots[0], -2, work))
    await eventually(lambda: company.shown(account_id), ("closed", []))
