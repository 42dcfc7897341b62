"""Cursors are signed: one that was changed, invented or made for another list gives a 400 and no rows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.company import Company, day
from tests.system.door import Door, made, refused

pytestmark = [pytest.mark.system, pytest.mark.stack]

LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "units": ("/units", {}),
    "employees": ("/employees", {}),
    "directory": ("/directory/accounts", {}),
    "accounts": ("/accounts", {}),
    "accounts by name": ("/accounts", {"sort": "name"}),
    "hospitals": ("/accounts", {"kind": "hospital"}),
    "accounts nearby": ("/accounts", {"near": "39.9042,116.4074,5"}),
    "contacts": ("/contacts", {}),
    "account history": ("/accounts/{account}/history", {}),
    "contact history": ("/contacts/{contact}/history", {}),
    "visit history": ("/visits/{visit}/history", {}),
    "products": ("/products", {}),
    "materials": ("/materials", {}),
    "lots": ("/materials/{material}/lots", {}),
    "locations": ("/locations", {}),
    "stock": ("/stock", {}),
    "movements": ("/stock/movements", {"lot_id": "{lot}"}),
    "visits": ("/visits", {}),
    "figures": ("/analytics/visits", {"by": "account"}),
    "rows": ("/analytics/visits/rows", {}),
    "events": ("/events", {"topic": "customer.account"}),
}


@pytest.fixture(scope="module")
def ids(company: Company) -> dict[str, str]:
    """Ids of what has at least two entries in its list or history."""
    steward, hq = company["steward"], company["hq"]
    account = company.an_account("north")
    made(steward.patch(f"/accounts/{account['id']}", {"beds": 5}, if_match='"1"'), 200)
    contact = company.a_contact(account)
    made(steward.patch(f"/contacts/{contact['id']}", {"title": "教授"}, if_match='"1"'), 200)
    for where in (account, company.an_account("north")):
        visit, etag = company.a_visit_that_ended("rep", where, [contact] if where is account else [])
        doctor = contact if where is account else company.a_contact(where)
        report = {**company.a_report(doctor, quantity=1), "materials": []}
        made(company["rep"].put(f"/visits/{visit['id']}/report", report, if_match=etag), 200)
        made(company["rep"].post(f"/visits/{visit['id']}/submission", prefer="wait=20"), 200)
    product = made(hq.post("/products", {"name": "另一药", "line": "x", "manufacturer": "x", "own": False}))
    material = {
        "name": "另一礼",
        "class": "gift",
        "unit_value": {"amount": 1, "currency": "CNY"},
        "product": product["id"],
    }
    made(hq.post("/materials", material))
    made(hq.post(f"/materials/{company.material['id']}/lots", {"number": "second", "expires_on": day(400)}))
    lot = company.a_lot(10)
    company.hand_out(lot, "north", 1)
    return {
        "account": account["id"],
        "contact": contact["id"],
        "visit": visit["id"],
        "material": company.material["id"],
        "lot": lot["id"],
    }


def address(name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    path, params = LISTS[name]
    filled = {key: value.format(**ids) for key, value in params.items()}
    return path.format(**ids), filled


def first_page(door: Door, name: str, ids: dict[str, str]) -> str:
    """The cursor that the first page of one row ends with."""
    path, params = address(name, ids)
    page = made(door.get(path, limit=1, **params), 200)
    assert page["next"], name
    return page["next"]


def tampered(cursor: str) -> Iterator[str]:
    """Every kind of change that a text can suffer."""
    for place in range(0, len(cursor), max(1, len(cursor) // 12)):
        other = "A" if cursor[place] != "A" else "B"
        yield cursor[:place] + other + cursor[place + 1 :]
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if last != cursor[-1]:
            yield cursor[:-1] + last
    yield from (cursor[:-1], cursor[1:], cursor + "A", cursor + "AAAA", cursor * 2, cursor[::-1], cursor.swapcase())
    yield from (f"{cursor[:5]}!{cursor[5:]}", f" {cursor}", f"{cursor}=", f"{cursor}.", f"{cursor[:9]}\n{cursor[9:]}")
    yield from ("nonsense", "A", "=", "é", "null", "e30", "eyJtIjoiIn0", "-1", "0", "undefined")


@pytest.fixture(scope="module")
def reader(company: Company) -> Door:
    """Somebody who sees everything."""
    return company["auditor"]


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_that_was_changed_is_refused(reader: Door, ids: dict[str, str], name: str):
    path, params = address(name, ids)
    cursor = first_page(reader, name, ids)
    parameter = "after" if name == "events" else "cursor"
    made(reader.get(path, limit=1, **params, **{parameter: cursor}), 200)
    for wrong in tampered(cursor):
        answer = reader.get(path, limit=1, **params, **{parameter: wrong})
        assert answer.status_code == 400, (wrong, cursor, answer.text[:300])
        problem = refused(answer, 400)
        assert problem["code"] in ("invalid_cursor", "invalid_request"), wrong


@pytest.fixture(scope="module")
def cursors(reader: Door, ids: dict[str, str]) -> dict[str, str]:
    """A good cursor of every list."""
    return {name: first_page(reader, name, ids) for name in LISTS}


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_belongs_to_its_list(reader: Door, ids: dict[str, str], cursors: dict[str, str], name: str):
    path, params = address(name, ids)
    parameter = "after" if name == "events" else "cursor"
    for other, cursor in cursors.items():
        if other != name:
            answer = reader.get(path, limit=1, **params, **{parameter: cursor})
            assert answer.status_code == 400, (other, answer.text[:300])
            refused(answer, 400, "invalid_cursor")


def test_a_cursor_of_somebody_else_shows_nothing_out_of_scope(company: Company, cursors: dict[str, str]):
    """Which rows are given is decided by who asks, never by whom the cursor was made for."""
    page = company["stranger"].get("/accounts", limit=500, cursor=cursors["accounts"])
    mine = company["stranger"].ids("/accounts")
    assert {item["id"] for item in made(page, 200)["items"]} <= mine
