"""A small company that the clients of a schedule work in: two territories, their people, institutions, doctors and stock."""

import json
import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from terrain.activation import NotActivated, activate

from tests.faults.ledger import Call, Door, Ledger, Outcome
from tests.faults.product import Product

PEOPLE = {
    "steward": ("steward", "hq"),
    "steward2": ("steward", "hq"),
    "hq": ("hq", "hq"),
    "warehouse": ("warehouse", "hq"),
    "rep": ("rep", "north"),
    "rep2": ("rep", "north"),
    "rep3": ("rep", "south"),
}
TERRITORIES = ("north", "south")


@dataclass
class Company:
    """What exists when the faults begin. `accounts` and `doctors` are by territory, `carried` are locations by login."""

    product: Product
    password: str
    units: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)
    doctors: dict[str, list[str]] = field(default_factory=dict)
    product_id: str = ""
    material_id: str = ""
    lots: list[str] = field(default_factory=list)
    warehouse: str = ""
    carried: dict[str, str] = field(default_factory=dict)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    """Units by (lot, location) that the ledger expects, supplier and customers left out."""
    dropped: int = 0
    """Units left in visits that were confirmed, over all schedules."""
    confirmed: int = 0
    """Visits that were confirmed, over all schedules."""

    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def next_number(self) -> int:
        """A number that no other account or contact has been made with."""
        return next(self._numbers)

    def door(self, username: str, ledger: Ledger, chooser: random.Random) -> Door:
        """The gateway for one of the people."""
        return Door(self.product.gateway, username, self.password, ledger, chooser)


def made(call: Call) -> Any:
    """The answer of a call that had to succeed."""
    assert call.outcome is Outcome.OK, str(call)
    return call.answer


async def found(product: Product) -> Company:
    """Found the company through the gateway, with no fault about."""
    plan = json.loads((product.layout.root / "bootstrap" / "plan.json").read_text())
    company = Company(product, secrets.token_urlsafe(12))
    ledger, chooser = Ledger(), random.Random(0)
    admin = Door(product.gateway, "admin", plan["password"], ledger, chooser)
    me = await admin.sign_in()
    company.units["hq"] = me["unit_id"]
    region = made(
        await admin.write("unit", "POST", "/units", {"name": "区", "kind": "region", "parent_id": me["unit_id"]})
    )
    for name in TERRITORIES:
        body = {"name": name, "kind": "territory", "parent_id": region["id"]}
        company.units[name] = made(await admin.write("unit", "POST", "/units", body))["id"]
    for username, (role, unit) in PEOPLE.items():
        body = {"name": username, "username": username, "roles": [role], "unit_id": company.units[unit]}
        hired = made(await admin.write("employee", "POST", "/employees", body))
        _activate(product.gateway, username, hired["invitation"], company.password)
    await admin.close()
    await _furnish(company, ledger, chooser)
    return company


async def _furnish(company: Company, ledger: Ledger, chooser: random.Random) -> None:
    steward, hq = company.door("steward", ledger, chooser), company.door("hq", ledger, chooser)
    await steward.sign_in()
    await hq.sign_in()
    for name in TERRITORIES:
        company.accounts[name] = [
            made(
                await steward.write("account", "POST", "/accounts", account_body(f"{name}{n}医院", company.units[name]))
            )["id"]
            for n in range(3)
        ]
        company.doctors[name] = [
            made(await steward.write("contact", "POST", "/contacts", contact_body(at, number=company.next_number())))[
                "id"
            ]
            for at in company.accounts[name]
        ]
    body = {"name": "药", "line": "心血管", "manufacturer": "我们", "own": True}
    company.product_id = made(await hq.write("product", "POST", "/products", body))["id"]
    item = {"name": "样品", "class": "sample", "unit_value": {"amount": 100, "currency": "CNY"}}
    company.material_id = made(
        await hq.write("material", "POST", "/materials", item | {"product": company.product_id})
    )["id"]
    for number in ("L1", "L2"):
        lot = await hq.write("lot", "POST", f"/materials/{company.material_id}/lots", {"number": number})
        company.lots.append(made(lot)["id"])
    deadline = time.monotonic() + 30
    while len(company.carried) < 3 or not company.warehouse:
        assert time.monotonic() < deadline, "the places of stock did not open"
        for place in await hq.pages("/locations"):
            if place["kind"] == "warehouse":
                company.warehouse = place["id"]
            elif place["kind"] == "representative":
                company.carried[place["name"]] = place["id"]
    for lot in company.lots:
        body = {"lot_id": lot, "location_id": company.warehouse, "quantity": 500}
        made(await hq.write("receipt", "POST", "/stock/receipts", body))
        company.stock[lot, company.warehouse] = 500
        for place in company.carried.values():
            body = {"lot_id": lot, "from_location_id": company.warehouse, "to_location_id": place, "quantity": 20}
            made(await hq.write("transfer", "POST", "/stock/transfers", body))
            company.stock[lot, company.warehouse] -= 20
            company.stock[lot, place] = 20
    await steward.close()
    await hq.close()


def account_body(name: str, unit_id: str) -> dict[str, Any]:
    """An institution to register."""
    return {"name": name, "kind": "hospital", "unit_id": unit_id, "location": {"lat": 39.9, "lon": 116.4}}


def contact_body(account_id: str, *, number: int) -> dict[str, Any]:
    """A doctor to register; `number` makes the mobile number, by which no two are the same."""
    return {
        "name": "王小明",
        "specialty": "cardiology",
        "mobile": f"139{number:08}",
        "affiliation": {"account_id": account_id, "role": "physician", "valid_from": "2025-01-01"},
    }


def _activate(gateway: str, username: str, invitation: str, password: str) -> None:
    for _ in range(20):
        try:
            activate(gateway, username, invitation, password)
            return
        except NotActivated as refused:
            last = refused
            time.sleep(0.5)
    raise last
