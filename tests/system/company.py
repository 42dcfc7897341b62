"""A small company, founded over HTTP: one head office, two regions, three territories with what belongs to each."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.system.door import Door, made
from tests.system.installation import Installation, eventually

PEOPLE = {
    "hq": "head office",
    "steward": "head office",
    "warehouse": "head office",
    "finance": "head office",
    "auditor": "head office",
    "manager": "north district",
    "rep": "north",
    "sibling": "north2",
    "manager2": "south district",
    "stranger": "south",
}
"""Login → unit. `rep` and `sibling` have the same manager; `stranger` works in another region."""
ROLES = {"sibling": "rep", "stranger": "rep", "manager2": "manager"}
"""Role of a login that is not named after it."""
TERRITORIES = {"north": "rep", "north2": "sibling", "south": "stranger"}
"""Territory → login of its representative."""
SPOT = {"lat": 39.9042, "lon": 116.4074}

_numbers = count(1)


@dataclass
class Territory:
    """What belongs to one territory: an institution, a doctor there, the representative's place of stock, a visit."""

    unit_id: str
    employee_id: str
    account: dict[str, Any]
    contact: dict[str, Any]
    location_id: str
    visit: dict[str, Any]


@dataclass
class Company:
    """The company as the tests use it. Tests make what they change; what is here they only read."""

    installation: Installation
    doors: dict[str, Door] = field(default_factory=dict[str, Door])
    units: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    employees: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    invitations: dict[str, str] = field(default_factory=dict[str, str])
    territories: dict[str, Territory] = field(default_factory=dict[str, Territory])
    product: dict[str, Any] = field(default_factory=dict[str, Any])
    material: dict[str, Any] = field(default_factory=dict[str, Any])
    lot: dict[str, Any] = field(default_factory=dict[str, Any])
    line: dict[str, Any] = field(default_factory=dict[str, Any])
    warehouse_id: str = ""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)

    def __getitem__(self, login: str) -> Door:
        return self.doors[login]

    def an_account(self, territory: str, **more: Any) -> dict[str, Any]:
        """A new hospital of a territory, with a department of cardiology."""
        body = an_account_body(self.units[territory]["id"]) | more
        return made(self["steward"].post("/accounts", body))

    def a_contact(self, account: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new doctor of a hospital, there for more than a year."""
        return made(self["steward"].post("/contacts", a_contact_body(account["id"]) | more))

    def a_visit(self, login: str, account: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
        """A visit planned for now."""
        body = {"account_id": account["id"], "planned_at": now(), "contact_ids": [one["id"] for one in contacts]}
        return made(self[login].post("/visits", body))

    def a_visit_that_ended(
        self, login: str, account: dict[str, Any], contacts: list[dict[str, Any]]
    ) -> tuple[dict[str, Any], str]:
        """A visit that was checked out of, and its ETag."""
        visit = self.a_visit(login, account, contacts)
        made(self[login].post(f"/visits/{visit['id']}/check-in", {"at": now(), **SPOT, "accuracy_m": 10}), 200)
        left = self[login].post(f"/visits/{visit['id']}/check-out", {"at": now()})
        return made(left, 200), left.headers["etag"]

    def a_report(self, contact: dict[str, Any], *, quantity: int, lot: dict[str, Any] | None = None) -> dict[str, Any]:
        """A report of one attendee with whom material was left."""
        return {
            "attendees": [contact["id"]],
            "products": [{"product": self.product["id"], "message": "once a day", "reaction": "trial"}],
            "feedback": "interested",
            "materials": [{"lot_id": (lot or self.lot)["id"], "contact_id": contact["id"], "quantity": quantity}],
            "next_step": "bring the study",
        }

    def a_lot(self, quantity: int) -> dict[str, Any]:
        """A new lot, with units of it in the warehouse."""
        body = {"number": f"L{secrets.token_hex(4)}", "expires_on": day(400)}
        lot = made(self["hq"].post(f"/materials/{self.material['id']}/lots", body))
        self.receive(lot, quantity)
        return lot

    def receive(self, lot: dict[str, Any], quantity: int) -> dict[str, Any]:
        """Goods arrive at the warehouse."""
        body = {"lot_id": lot["id"], "location_id": self.warehouse_id, "quantity": quantity}
        return made(self["warehouse"].post("/stock/receipts", body))

    def hand_out(self, lot: dict[str, Any], territory: str, quantity: int) -> dict[str, Any]:
        """Goods go from the warehouse to a representative."""
        place = self.territories[territory].location_id
        body = {
            "lot_id": lot["id"],
            "from_location_id": self.warehouse_id,
            "to_location_id": place,
            "quantity": quantity,
        }
        return made(self["warehouse"].post("/stock/transfers", body))

    def on_hand(self, login: str, lot: dict[str, Any]) -> dict[str, int]:
        """What of a lot is where, as a person sees it."""
        return {row["location_id"]: row["on_hand"] for row in self[login].all("/stock", lot_id=lot["id"])}


def now(**shift: float) -> str:
    """An instant as a device would send it; `minutes=-5` shifts it."""
    return (datetime.now(UTC) + timedelta(**shift)).isoformat(timespec="milliseconds")


def day(shift: int = 0) -> str:
    """A business date."""
    return (datetime.now(UTC) + timedelta(hours=8, days=shift)).date().isoformat()


def a_number() -> int:
    """A number that no other call gives."""
    return next(_numbers)


def an_account_body(unit_id: str) -> dict[str, Any]:
    """A hospital to register."""
    return {
        "name": f"第{next(_numbers)}人民医院{secrets.token_hex(4)}",
        "kind": "hospital",
        "grade": "3A",
        "unit_id": unit_id,
        "location": SPOT,
        "departments": [{"name": "心内科", "specialty": "cardiology", "outpatient_visits": 1000}],
    }


def a_contact_body(account_id: str) -> dict[str, Any]:
    """A doctor to register."""
    affiliation = {"account_id": account_id, "role": "physician", "valid_from": day(-400)}
    mobile = f"138{secrets.randbelow(10**8):08d}"
    return {
        "name": "王小明",
        "title": "主任医师",
        "specialty": "cardiology",
        "mobile": mobile,
        "affiliation": affiliation,
    }


@contextmanager
def founded(installation: Installation) -> Iterator[Company]:
    """Found the company through the gateway."""
    company = Company(installation)
    try:
        company.doors["admin"] = Door.open(installation.url, "admin", installation.password)
        _open_units(company)
        _hire(company)
        _stock_up(company)
        for name, login in TERRITORIES.items():
            _furnish(company, name, login)
        yield company
    finally:
        for door in company.doors.values():
            door.client.close()


def _open_units(company: Company) -> None:
    admin = company["admin"]
    (root,) = admin.all("/units")
    company.units["head office"] = root
    tree = {
        "north region": ("head office", "region"),
        "north district": ("north region", "district"),
        "north office": ("north district", "office"),
        "north": ("north office", "territory"),
        "north2": ("north office", "territory"),
        "south region": ("head office", "region"),
        "south district": ("south region", "district"),
        "south office": ("south district", "office"),
        "south": ("south office", "territory"),
    }
    for name, (parent, kind) in tree.items():
        body = {"name": name, "kind": kind, "parent_id": company.units[parent]["id"]}
        company.units[name] = made(admin.post("/units", body))


def _hire(company: Company) -> None:
    company.line = made(company["admin"].post("/lines", {"name": "Cardiology", "code": "CARDIO"}))
    for login, unit in PEOPLE.items():
        body = {
            "name": login.title(),
            "username": login,
            "roles": [ROLES.get(login, login)],
            "unit_id": company.units[unit]["id"],
            "valid_from": day(-30),
        }
        hired = made(company["admin"].post("/employees", body))
        company.employees[login], company.invitations[login] = hired, hired["invitation"]
    for login, invitation in company.invitations.items():
        body = {"invitation": invitation, "password": company.password}
        made(company["admin"].post("/auth/activate", body))
        company.doors[login] = Door.open(company.installation.url, login, company.password)


def _stock_up(company: Company) -> None:
    hq = company["hq"]
    body = {"name": "心安片", "line": "cardiology", "manufacturer": "Own", "own": True}
    company.product = made(hq.post("/products", body))
    item = {"name": "样品", "class": "sample", "unit_value": {"amount": 1500, "currency": "CNY"}}
    company.material = made(hq.post("/materials", item | {"product": company.product["id"]}))

    def warehouse() -> str | None:
        found = hq.all("/locations", kind="warehouse", unit_id=company.units["head office"]["id"])
        return found[0]["id"] if found else None

    company.warehouse_id = eventually(warehouse, what="the warehouse")
    company.lot = company.a_lot(500)


def _furnish(company: Company, name: str, login: str) -> None:
    employee_id = company.employees[login]["id"]

    def place() -> str | None:
        found = company["hq"].all("/locations", employee_id=employee_id)
        return found[0]["id"] if found else None

    account = company.an_account(name)
    contact = company.a_contact(account)
    territory = Territory(
        unit_id=company.units[name]["id"],
        employee_id=employee_id,
        account=account,
        contact=contact,
        location_id=eventually(place, what=f"the stock of {login}"),
        visit=company.a_visit(login, account, [contact]),
    )
    company.territories[name] = territory
    company.hand_out(company.lot, name, 50)
