"""Who may do what where: role × operation × {own, sibling, other region, absent}, the exact status of every cell."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from contracts.roles import COMPANY_WIDE, PERMISSIONS, Permission, Role, permissions_of

from tests.security.operations import OPERATIONS, Operation, Place
from tests.system.company import Company
from tests.system.door import Door, made, refused
from tests.system.installation import SERVICES, eventually

pytestmark = [pytest.mark.system, pytest.mark.stack]

API = "/api/v1"
NOBODY = "nobody"
"""Somebody who has not signed in."""
SEES = {Role.REP: {"own"}, Role.MANAGER: {"own", "sibling"}}
"""Of the territories, from where `rep` and `manager` of the northern region stand; company-wide roles see all."""
TERRITORIES = {"own": "north", "sibling": "north2", "other": "south"}
OPEN = {
    "/": "text/html; charset=utf-8",
    "/docs": "text/html; charset=utf-8",
    "/docs/events": "text/html; charset=utf-8",
    "/openapi.json": "application/json",
    "/asyncapi.json": "application/json",
    "/livez": "application/json",
    "/readyz": "application/json",
    "/metrics": "text/plain; version=0.0.4; charset=utf-8",
}
"""What the gateway shows outside of its API: to anybody, for reading only."""
METHODS = ("POST", "PUT", "PATCH", "DELETE")


def sees(role: Role, place: Place) -> bool:
    return place.name in SEES.get(role, TERRITORIES)


def published(url: str) -> dict[str, str]:
    """Permission by operation, as an OpenAPI document says."""
    paths = httpx2.get(url + "/openapi.json").json()["paths"]
    return {
        f"{method.upper()} {path.removeprefix(API)}": operation["x-permission"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


@pytest.fixture(scope="module")
def places(company: Company) -> dict[str, Place]:
    """The three territories and one that does not exist; in each that does a visit has been reported and counted."""
    lot = company.a_lot(1000)
    found: dict[str, Place] = {}
    for name, territory in TERRITORIES.items():
        here = company.territories[territory]
        company.hand_out(lot, territory, 100)
        username = {"own": "rep", "sibling": "sibling", "other": "stranger"}[name]
        neighbour = {"own": "north2", "sibling": "north", "other": "north"}[name]
        found[name] = Place(
            name=name,
            company=company,
            unit_id=here.unit_id,
            parent_id=company.units[territory]["parent_id"],
            employee_id=here.employee_id,
            username=username,
            account_id=here.account["id"],
            account_name=here.account["name"],
            contact_id=here.contact["id"],
            visit_id=here.visit["id"],
            location_id=here.location_id,
            material_id=company.material["id"],
            product_id=company.product["id"],
            lot=lot,
            source_id=company.territories[neighbour].location_id,
        )
        _report_a_visit(company, username, territory)
    counted = {place.account_id for place in found.values()}

    def in_the_marts() -> bool:
        rows = company["hq"].all("/analytics/visits/rows")
        return counted <= {row["account_id"] for row in rows}

    eventually(in_the_marts, what="the visits in the marts")
    found["absent"] = Place(
        name="absent",
        company=company,
        unit_id="unt_0absent",
        parent_id="unt_1absent",
        employee_id="emp_0absent",
        username="absent",
        account_id="acc_0absent",
        account_name="没有这样的医院",
        contact_id="con_0absent",
        visit_id="vis_0absent",
        location_id="loc_0absent",
        material_id="itm_0absent",
        product_id="prd_0absent",
        lot=lot,
        source_id=company.territories["north"].location_id,
    )
    return found


def _report_a_visit(company: Company, login: str, territory: str) -> None:
    here = company.territories[territory]
    visit, etag = company.a_visit_that_ended(login, here.account, [here.contact])
    report = {**company.a_report(here.contact, quantity=1), "materials": []}
    made(company[login].put(f"/visits/{visit['id']}/report", report, if_match=etag), 200)
    submitted = made(company[login].post(f"/visits/{visit['id']}/submission", prefer="wait=20"), 200)
    assert submitted["state"] == "confirmed"


@pytest.fixture(scope="module")
def doors(company: Company) -> dict[str, Door]:
    """Somebody of each role, and nobody."""
    return {role.value: company[role.value] for role in Role} | {NOBODY: Door(company["rep"].client, NOBODY)}


def test_every_published_operation_stands_in_the_table_with_its_permission(company: Company):
    listed = {name: one.permission.value if one.permission else "public" for name, one in OPERATIONS.items()}
    assert published(company.installation.url) == listed


def test_every_operation_of_a_service_is_published_by_the_gateway(company: Company):
    at_the_door = published(company.installation.url)
    for service in SERVICES:
        behind = published(company.installation.url_of(service))
        assert behind
        assert {name: at_the_door.get(name) for name in behind} == behind, service


def test_every_role_and_every_permission_is_in_the_matrix(company: Company, doors: dict[str, Door]):
    assert set(PERMISSIONS) == set(Role)
    for role in Role:
        me = made(doors[role.value].get("/me"), 200)
        assert me["roles"] == [role.value]
        assert set(me["permissions"]) == permissions_of([role])
        assert (me["paths"] == ["/"]) == (role in COMPANY_WIDE)
    declared = {one.permission for one in OPERATIONS.values() if one.permission}
    assert set(Permission) - declared == {Permission.AUDIT_READ}, "nothing is published for these"


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_status_of_every_cell(places: dict[str, Place], doors: dict[str, Door], name: str):
    operation = OPERATIONS[name]
    cells = [(who, place) for who in doors for place in places.values() if operation.placed or place is places["own"]]
    with ThreadPoolExecutor(len(doors)) as crowd:
        faults = crowd.map(lambda cell: _fault(operation, cell[0], doors[cell[0]], cell[1]), cells)
        wrong = {(who, place.name): fault for (who, place), fault in zip(cells, faults, strict=True) if fault}
    assert wrong == {}


def _fault(operation: Operation, who: str, door: Door, place: Place) -> str | None:
    """What is wrong with one cell, or None."""
    expected, code, seen = _expected(operation, who, place)
    answer = operation.send(door, place)
    if answer.status_code != expected:
        return f"{answer.status_code} instead of {expected}: {answer.text[:200] if answer.is_closed else ''}"
    if expected >= 400:
        problem = refused(answer, expected)
        if code is not None and problem["code"] != code:
            return f"{problem['code']} instead of {code}"
        if expected == 401 and answer.headers.get("www-authenticate") != "Bearer":
            return "no www-authenticate"
    elif operation.shows is not None and operation.shows(door, place) != seen:
        return "hides what is in scope" if seen else "shows what is out of scope"
    return None


def _expected(operation: Operation, who: str, place: Place) -> tuple[int, str | None, bool]:
    """Status, code of the refusal, and whether the place is seen."""
    if operation.permission is None:
        return operation.seen, operation.code, True
    if who == NOBODY:
        return 401, "unauthenticated", False
    role = Role(who)
    if operation.permission not in PERMISSIONS[role]:
        return 403, "forbidden", False
    seen = not place.absent if operation.common or not operation.placed else sees(role, place)
    status = operation.seen if seen else operation.unseen
    codes = {404: "not_found", 412: "stale_version"} | ({} if seen else {422: "unknown_reference"})
    return status, operation.code or codes.get(status), seen


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (who, name)
        for who in SEES
        for name, one in OPERATIONS.items()
        if one.permission in PERMISSIONS[who] and one.unseen in (404, 422) and not one.common and one.placed
    ],
)
def test_what_is_out_of_scope_is_told_like_what_is_absent(
    places: dict[str, Place], doors: dict[str, Door], who: Role, name: str
):
    operation = OPERATIONS[name]
    hidden = [place for place in places.values() if not sees(who, place)]
    with ThreadPoolExecutor(len(hidden)) as crowd:
        answers = crowd.map(lambda place: _anonymous(operation.send(doors[who], place), place), hidden)
        told = {place.name: answer for place, answer in zip(hidden, answers, strict=True)}
    nobodys = told["absent"]
    assert nobodys["status"] == operation.unseen
    assert told == dict.fromkeys(told, nobodys)
    assert len(told) == 4 - len(SEES[who])


def _anonymous(answer: httpx2.Response, place: Place) -> dict[str, Any]:
    """Everything that an answer tells, without the ids that were asked for."""
    text = answer.text
    for ident in place.ids:
        text = text.replace(ident, "…")
    told = json.loads(text) | {"request_id": None}
    headers = {
        name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date", "content-length")
    }
    return {"status": answer.status_code, "body": told, "headers": headers}


def test_what_stands_outside_of_the_api_is_open_to_anybody_and_for_reading_only(
    company: Company, doors: dict[str, Door]
):
    with httpx2.Client(base_url=company.installation.url) as client:
        for headers in ({}, {"authorization": f"Bearer {doors['rep'].token}"}, {"authorization": "Bearer nonsense"}):
            for path, kind in OPEN.items():
                answer = client.get(path, headers=headers)
                assert (answer.status_code, answer.headers["content-type"]) == (200, kind), path
        for path in OPEN:
            for method in METHODS:
                refusal = client.request(method, path)
                assert (refusal.status_code, refusal.headers["allow"]) == (405, "GET, HEAD"), (method, path)


def test_nothing_else_is_served_beside_the_api(company: Company):
    guesses = (
        "/docs/", "/docs/oauth2-redirect", "/docs/nothing", "/redoc", "/swagger", "/openapi.yaml", "/metrics/", "/livez/x",
        "/api", "/api/v1", "/api/v1/", "/api/v2/accounts", "/api/v1/nothing", "/internal", "/admin", "/static/", "/favicon.ico",
        "/..%2f..%2fetc/passwd",
    )  # fmt: skip
    with httpx2.Client(base_url=company.installation.url) as client:
        statuses = {path: client.get(path).status_code for path in guesses}
    assert statuses == dict.fromkeys(guesses, 404)


def test_a_path_written_in_another_way_is_never_let_in(company: Company):
    """Whatever a spelling leads to: neither without a token nor out of scope does it lead to data."""
    account = company.territories["north"].account["id"]
    spellings = (
        f"/api/v1/%61ccounts/{account}",
        f"/api/v1//accounts/{account}",
        f"/api/v1/./accounts/{account}",
        f"/api/v1/auth/../accounts/{account}",
        f"/api/v1/auth/%2e%2e/accounts/{account}",
        f"/docs/../api/v1/accounts/{account}",
        f"/API/V1/accounts/{account}",
        f"/api/v1/Accounts/{account}",
        f"/api/v1/accounts;x=1/{account}",
    )
    for path in spellings:
        for token in (None, company["stranger"].token):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = company["rep"].client.request("GET", company.installation.url + path, headers=headers)
            assert answer.status_code in (401, 404), path
            refused(answer, answer.status_code)


def test_methods_that_an_address_does_not_know_are_refused(company: Company, doors: dict[str, Door]):
    known: dict[str, set[str]] = {}
    for name in OPERATIONS:
        method, _, path = name.partition(" ")
        known.setdefault(path, set()).add(method)
    for path, methods in known.items():
        # `/contacts/names` may be read as the address of a contact too, which knows other methods.
        for other, more in known.items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", other), path):
                methods = methods | more
        address = re.sub(r"\{\w+\}", "absent", path)
        for method in {"GET", *METHODS} - methods:
            answer = doors["admin"].request(method, address, {}, headers={"if-match": "*"})
            refused(answer, 405, "method_not_allowed")
            assert set(answer.headers["allow"].split(", ")) >= methods, (method, path)
