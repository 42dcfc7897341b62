"""Every operation of the published interface: the permission it needs, and how it answers about a place in the company."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from contracts.roles import Permission

from tests.system.company import Company, a_contact_body, a_number, an_account_body, day, now
from tests.system.door import Door

STALE = '"999"'
"""A version that nothing here has: whoever sees the resource is told 412, and nothing is changed."""

Send = Callable[[Door, "Place"], httpx2.Response]


@dataclass(frozen=True)
class Place:
    """What belongs to one territory, as ids. `absent` has ids that were never issued."""

    name: str
    company: Company
    unit_id: str
    parent_id: str
    """A unit above, in the same region."""
    employee_id: str
    username: str
    account_id: str
    account_name: str
    contact_id: str
    visit_id: str
    location_id: str
    material_id: str
    product_id: str
    lot: dict[str, Any]
    """Of this table alone; some of it lies in every territory."""
    source_id: str
    """A location of the region from which stock can go to this one."""

    @property
    def absent(self) -> bool:
        """True when nothing of it exists."""
        return self.name == "absent"

    @property
    def ids(self) -> list[str]:
        """Every id that a path or a body may name, so that answers can be compared without them."""
        return [
            self.unit_id,
            self.parent_id,
            self.employee_id,
            self.account_id,
            self.contact_id,
            self.visit_id,
            self.location_id,
            self.material_id,
            self.product_id,
        ]


@dataclass(frozen=True)
class Operation:
    """What a request to a place is answered with, by somebody whose roles include the permission.

    `permission` None means that nobody needs to sign in. `seen` and `unseen` are the statuses when the place lies within
    the caller's scope and when it does not; `shows` tells whether a list holds what belongs to the place, which must be
    so exactly when it is seen. `common` resources are known to everybody, if they exist; an operation with no `placed`
    speaks of no place at all.
    """

    permission: Permission | None
    send: Send
    seen: int
    unseen: int
    shows: Callable[[Door, Place], bool] | None = None
    common: bool = False
    placed: bool = True
    code: str | None = None
    """Of the refusal, where it is always the same one."""
    seen_code: str | None = None
    """Of the refusal of what is seen."""


def reading(permission: Permission, path: str, *, common: bool = False) -> Operation:
    """A resource by its address."""
    return Operation(permission, lambda door, at: door.get(_address(path, at)), 200, 404, common=common)


def acting(
    permission: Permission, method: str, path: str, body: Callable[[Place], Any], *, common: bool = False
) -> Operation:
    """A change of the resource that the path names, based on a version that it does not have."""

    def send(door: Door, at: Place) -> httpx2.Response:
        return door.request(method, _address(path, at), body(at), headers={"if-match": STALE})

    return Operation(permission, send, 412, 404, common=common)


def referring(
    permission: Permission, path: str, body: Callable[[Place], Any], *, common: bool = False, seen: int = 201
) -> Operation:
    """Something new whose body refers to the place."""
    return Operation(permission, lambda door, at: door.post(path, body(at)), seen, 422, common=common)


def listing(
    permission: Permission,
    path: str,
    holds: Callable[[Place], Any],
    *,
    by: str = "id",
    common: bool = False,
    **filters: Any,
) -> Operation:
    """A list, narrowed to the place; one of its items has `holds` under `by` when the place is seen."""

    def params(at: Place) -> dict[str, Any]:
        return {name: value(at) if callable(value) else value for name, value in filters.items()}

    def shows(door: Door, at: Place) -> bool:
        return any(item[by] == holds(at) for item in door.all(_address(path, at), **params(at)))

    return Operation(
        permission, lambda door, at: door.get(_address(path, at), **params(at)), 200, 200, shows=shows, common=common
    )


def alike(
    permission: Permission | None, method: str, path: str, status: int, body: Any = None, *, code: str | None = None
) -> Operation:
    """The same answer for everybody who may ask."""

    def send(door: Door, _: Place) -> httpx2.Response:
        return door.request(method, path, body() if callable(body) else body)

    return Operation(permission, send, status, status, placed=False, code=code)


def _address(path: str, at: Place) -> str:
    return path.format(
        account_id=at.account_id,
        contact_id=at.contact_id,
        employee_id=at.employee_id,
        material_id=at.material_id,
        product_id=at.product_id,
        unit_id=at.unit_id,
        visit_id=at.visit_id,
    )


def _feed() -> Operation:
    def send(door: Door, _: Place) -> httpx2.Response:
        with opened_feed(door) as stream:
            if stream.status_code != 200:
                stream.read()
            return stream

    return Operation(Permission.EVENTS_READ, send, 200, 200, placed=False)


@contextmanager
def opened_feed(door: Door) -> Iterator[httpx2.Response]:
    """The beginning of the feed; the rest never ends."""
    headers = {"authorization": f"Bearer {door.token}"} if door.token else {}
    with (
        httpx2.Client(base_url=door.client.base_url, timeout=10) as client,
        client.stream("GET", "/feed", headers=headers) as it,
    ):
        yield it


def _names() -> Operation:
    def send(door: Door, at: Place) -> httpx2.Response:
        return door.post("/contacts/names", {"ids": [at.contact_id]})

    def shows(door: Door, at: Place) -> bool:
        return [item["id"] for item in send(door, at).json()["items"]] == [at.contact_id]

    return Operation(Permission.CONTACTS_READ, send, 200, 200, shows=shows)


def _events() -> Operation:
    def shows(door: Door, at: Place) -> bool:
        return any(event["subject"] == at.account_id for event in door.events("customer.account"))

    return Operation(
        Permission.EVENTS_READ, lambda door, _: door.get("/events", topic="customer.account"), 200, 200, shows=shows
    )


def _figures() -> Operation:
    def send(door: Door, at: Place) -> httpx2.Response:
        return door.get("/analytics/visits", by="unit", unit_id=at.unit_id)

    def shows(door: Door, at: Place) -> bool:
        answer = send(door, at).json()
        held, units = answer["coverage"]["held"], [row["unit_id"] for row in answer["items"]]
        assert (held > 0) == bool(units), answer
        return units == [at.unit_id]

    return Operation(Permission.ANALYTICS_READ, send, 200, 200, shows=shows)


def _movements() -> Operation:
    def send(door: Door, at: Place) -> httpx2.Response:
        return door.get("/stock/movements", lot_id=at.lot["id"])

    def shows(door: Door, at: Place) -> bool:
        """Whoever sees one end of a movement is told where the other is, and nothing of the stock there."""
        legs = [leg for movement in door.all("/stock/movements", lot_id=at.lot["id"]) for leg in movement["legs"]]
        return any(leg["location_id"] == at.location_id and leg["on_hand"] is not None for leg in legs)

    return Operation(Permission.STOCK_READ, send, 200, 200, shows=shows)


def _move(_: Place) -> Any:
    return {"to_account_id": "acc_0absent", "role": "physician", "on": day()}


def _employee(at: Place) -> Any:
    login = f"newcomer{a_number()}"
    return {"name": "新人", "username": login, "roles": ["rep"], "unit_id": at.unit_id, "valid_from": day()}


def _transfer(at: Place) -> Any:
    ends = {"from_location_id": at.source_id, "to_location_id": at.location_id}
    return {"lot_id": at.lot["id"], "quantity": 1, **ends}


def _material(at: Place) -> Any:
    worth = {"amount": 1, "currency": "CNY"}
    return {"name": "礼品", "class": "gift", "unit_value": worth, "product": at.product_id}


def _unscored(path: str) -> Operation:
    """A score of a company that has no score model: where it lies within the scope, only the code of the refusal is another."""
    return Operation(
        Permission.SCORES_READ, lambda door, at: door.get(_address(path, at)), 404, 404, seen_code="not_scored"
    )


def _override(path: str) -> Operation:
    """An override that ends before it begins: a rule that is judged once the subject has been found."""

    def send(door: Door, at: Place) -> httpx2.Response:
        return door.post(_address(path, at), {"tier": "A", "reason": "x", "expires_on": day(-1)})

    return Operation(Permission.SCORE_OVERRIDES_REQUEST, send, 422, 404)


P = Permission


def _about_contact(at: Place) -> Any:
    return {"subject": "contact", "subject_id": at.contact_id}


_REQUEST = "/change-requests/crq_0absent"
_CASE = "/care-cases/car_0absent"
_PLAN = "/care-plans/cpl_0absent"
_REQUESTS: dict[str, Operation] = {
    "GET /working-policy": alike(P.WORKING_POLICY_READ, "GET", "/working-policy", 200),
    "GET /working-policy/history": alike(P.WORKING_POLICY_READ, "GET", "/working-policy/history", 404),
    "PUT /working-policy": alike(P.WORKING_POLICY_WRITE, "PUT", "/working-policy", 428, {}),
    "POST /change-requests": referring(
        P.CHANGE_REQUESTS_WRITE,
        "/change-requests",
        lambda at: _about_contact(at) | {"fields": {"title": "x"}, "reason": "x"},
    ),
    "GET /change-requests": alike(P.CHANGE_REQUESTS_READ, "GET", "/change-requests", 200),
    "GET /change-requests/accuracy": alike(
        P.CHANGE_REQUESTS_READ, "GET", "/change-requests/accuracy?employee_id=emp_0absent", 200
    ),
    "POST /change-requests/evidence": alike(P.CHANGE_REQUESTS_WRITE, "POST", "/change-requests/evidence", 415, {}),
    "GET /change-requests/{request_id}": alike(P.CHANGE_REQUESTS_READ, "GET", _REQUEST, 404),
    "PATCH /change-requests/{request_id}": alike(P.CHANGE_REQUESTS_WRITE, "PATCH", _REQUEST, 404, {"reason": "x"}),
    "POST /change-requests/{request_id}/submission": alike(
        P.CHANGE_REQUESTS_WRITE, "POST", f"{_REQUEST}/submission", 404
    ),
    "POST /change-requests/{request_id}/withdrawal": alike(
        P.CHANGE_REQUESTS_WRITE, "POST", f"{_REQUEST}/withdrawal", 404
    ),
    "POST /change-requests/{request_id}/review": alike(P.CHANGE_REQUESTS_JUDGE, "POST", f"{_REQUEST}/review", 404),
    "POST /change-requests/{request_id}/verdict": alike(
        P.CHANGE_REQUESTS_JUDGE, "POST", f"{_REQUEST}/verdict", 404, {"fields": {"beds": "accept"}}
    ),
    "GET /change-requests/{request_id}/impact": alike(P.CHANGE_REQUESTS_READ, "GET", f"{_REQUEST}/impact", 404),
    "GET /change-requests/{request_id}/history": alike(P.CHANGE_REQUESTS_READ, "GET", f"{_REQUEST}/history", 404),
    "GET /change-requests/{request_id}/evidence/{evidence_id}/content": alike(
        P.CHANGE_REQUESTS_READ, "GET", f"{_REQUEST}/evidence/evd_0absent/content", 404
    ),
}
_CARE: dict[str, Operation] = {
    "POST /care-cases": referring(
        P.CARE_WRITE, "/care-cases", lambda at: _about_contact(at) | {"kind": "inquiry", "text": "x"}
    ),
    "GET /care-cases": alike(P.CARE_READ, "GET", "/care-cases", 200),
    "GET /care-cases/{case_id}": alike(P.CARE_READ, "GET", _CASE, 404),
    "GET /care-cases/{case_id}/history": alike(P.CARE_READ, "GET", f"{_CASE}/history", 404),
    "POST /care-cases/{case_id}/assignment": alike(
        P.CARE_ASSIGN, "POST", f"{_CASE}/assignment", 404, {"employee_id": "emp_0absent"}
    ),
    "POST /care-cases/{case_id}/answer": alike(P.CARE_WRITE, "POST", f"{_CASE}/answer", 404, {"text": "x"}),
    "POST /care-cases/{case_id}/closure": alike(P.CARE_WRITE, "POST", f"{_CASE}/closure", 404),
    "POST /care-cases/{case_id}/reopening": alike(P.CARE_WRITE, "POST", f"{_CASE}/reopening", 404, {"reason": "x"}),
    "POST /care-plans": referring(
        P.CARE_PLANS_WRITE,
        "/care-plans",
        lambda at: {
            "name": "x",
            "subject": "contact",
            "segment": {"unit_id": at.unit_id},
            "occasions": [{"name": "国庆节", "month": 10, "day": 1}],
        },
    ),
    "GET /care-plans": alike(P.CARE_READ, "GET", "/care-plans", 200),
    "GET /care-plans/{plan_id}": alike(P.CARE_READ, "GET", _PLAN, 404),
    "GET /care-plans/{plan_id}/history": alike(P.CARE_READ, "GET", f"{_PLAN}/history", 404),
    "PATCH /care-plans/{plan_id}": alike(P.CARE_PLANS_WRITE, "PATCH", _PLAN, 428, {"name": "x"}),
}
_HANDOVER = "/handovers/hnd_0absent"
_ORGANISATION: dict[str, Operation] = {
    "PATCH /units/{unit_id}": acting(P.UNITS_WRITE, "PATCH", "/units/{unit_id}", lambda _: {"name": "x"}),
    "POST /units/{unit_id}/moves": acting(
        P.UNITS_WRITE, "POST", "/units/{unit_id}/moves", lambda at: {"to_parent_id": at.parent_id, "reason": "x"}
    ),
    "POST /units/{unit_id}/closure": acting(
        P.UNITS_WRITE, "POST", "/units/{unit_id}/closure", lambda _: {"reason": "x"}
    ),
    "GET /units/{unit_id}/history": reading(P.UNITS_READ, "/units/{unit_id}/history"),
    "POST /employees/{employee_id}/positions": acting(
        P.EMPLOYEES_WRITE,
        "POST",
        "/employees/{employee_id}/positions",
        lambda at: {"unit_id": at.unit_id, "roles": ["manager"]},
    ),
    "POST /employees/{employee_id}/positions/{position_id}/end": acting(
        P.EMPLOYEES_WRITE, "POST", "/employees/{employee_id}/positions/pos_0absent/end", lambda _: {}
    ),
    "POST /employees/{employee_id}/departure": acting(
        P.EMPLOYEES_WRITE, "POST", "/employees/{employee_id}/departure", lambda _: {"on": day(30), "reason": "x"}
    ),
    "GET /employees/{employee_id}/history": reading(P.EMPLOYEES_READ, "/employees/{employee_id}/history"),
    "GET /lines": alike(P.LINES_READ, "GET", "/lines", 200),
    "GET /lines/{line_id}": alike(P.LINES_READ, "GET", "/lines/lin_0absent", 404),
    "GET /lines/{line_id}/history": alike(P.LINES_READ, "GET", "/lines/lin_0absent/history", 404),
    "POST /lines": alike(P.LINES_WRITE, "POST", "/lines", 201, lambda: {"name": "x", "code": f"M{a_number()}"}),
    "PATCH /lines/{line_id}": alike(P.LINES_WRITE, "PATCH", "/lines/lin_0absent", 428, {"name": "x"}),
    "GET /handovers": alike(P.HANDOVERS_READ, "GET", "/handovers", 200),
    "GET /handovers/{handover_id}": alike(P.HANDOVERS_READ, "GET", _HANDOVER, 404),
    "GET /handovers/{handover_id}/history": alike(P.HANDOVERS_READ, "GET", f"{_HANDOVER}/history", 404),
    "POST /handovers/{handover_id}/entries": alike(
        P.HANDOVERS_WRITE, "POST", f"{_HANDOVER}/entries", 404, {"kind": "task", "title": "x"}
    ),
    "POST /handovers/{handover_id}/items": alike(
        P.HANDOVERS_WRITE, "POST", f"{_HANDOVER}/items", 404, {"items": [{"kind": "task", "id": "ent_0absent"}]}
    ),
    "POST /handovers/{handover_id}/closure": alike(P.EMPLOYEES_WRITE, "POST", f"{_HANDOVER}/closure", 404),
}
OPERATIONS: dict[str, Operation] = {
    **_ORGANISATION,
    "POST /units": referring(
        P.UNITS_WRITE, "/units", lambda at: {"name": "新区", "kind": "territory", "parent_id": at.parent_id}
    ),
    "GET /units": listing(P.UNITS_READ, "/units", lambda at: at.unit_id, kind="territory"),
    "GET /units/{unit_id}": reading(P.UNITS_READ, "/units/{unit_id}"),
    "POST /employees": referring(P.EMPLOYEES_WRITE, "/employees", _employee),
    "GET /employees": listing(
        P.EMPLOYEES_READ, "/employees", lambda at: at.employee_id, username=lambda at: at.username
    ),
    "GET /employees/{employee_id}": reading(P.EMPLOYEES_READ, "/employees/{employee_id}"),
    "PATCH /employees/{employee_id}": acting(
        P.EMPLOYEES_WRITE, "PATCH", "/employees/{employee_id}", lambda _: {"roles": ["rep"]}
    ),
    "GET /directory/accounts": listing(
        P.DIRECTORY_READ, "/directory/accounts", lambda at: at.account_id, common=True, q=lambda at: at.account_name
    ),
    "POST /accounts": referring(P.ACCOUNTS_WRITE, "/accounts", lambda at: an_account_body(at.unit_id)),
    "GET /accounts": listing(P.ACCOUNTS_READ, "/accounts", lambda at: at.account_id, q=lambda at: at.account_name),
    "GET /accounts/{account_id}": reading(P.ACCOUNTS_READ, "/accounts/{account_id}"),
    "GET /accounts/{account_id}/history": reading(P.ACCOUNTS_READ, "/accounts/{account_id}/history"),
    "GET /accounts/{account_id}/360": reading(P.ACCOUNTS_READ, "/accounts/{account_id}/360"),
    "PATCH /accounts/{account_id}": acting(P.ACCOUNTS_WRITE, "PATCH", "/accounts/{account_id}", lambda _: {"beds": 9}),
    "POST /accounts/{account_id}/stage": acting(
        P.ACCOUNTS_WRITE, "POST", "/accounts/{account_id}/stage", lambda _: {"stage": "developing", "reason": "x"}
    ),
    "POST /contacts": referring(P.CONTACTS_WRITE, "/contacts", lambda at: a_contact_body(at.account_id)),
    "GET /contacts": listing(
        P.CONTACTS_READ, "/contacts", lambda at: at.contact_id, account_id=lambda at: at.account_id
    ),
    "POST /contacts/names": _names(),
    "GET /contacts/{contact_id}": reading(P.CONTACTS_READ, "/contacts/{contact_id}"),
    "GET /contacts/{contact_id}/affiliations": reading(P.CONTACTS_READ, "/contacts/{contact_id}/affiliations"),
    "GET /contacts/{contact_id}/history": reading(P.CONTACTS_READ, "/contacts/{contact_id}/history"),
    "PATCH /contacts/{contact_id}": acting(
        P.CONTACTS_WRITE, "PATCH", "/contacts/{contact_id}", lambda _: {"title": "教授"}
    ),
    "POST /contacts/{contact_id}/moves": acting(P.CONTACTS_MOVE, "POST", "/contacts/{contact_id}/moves", _move),
    **_REQUESTS,
    **_CARE,
    "POST /products": alike(
        P.PRODUCTS_WRITE, "POST", "/products", 201, {"name": "新药", "line": "x", "manufacturer": "x", "own": False}
    ),
    "GET /products": listing(P.PRODUCTS_READ, "/products", lambda at: at.product_id, common=True),
    "GET /products/{product_id}": reading(P.PRODUCTS_READ, "/products/{product_id}", common=True),
    "POST /materials": referring(P.MATERIALS_WRITE, "/materials", _material, common=True),
    "GET /materials": listing(P.MATERIALS_READ, "/materials", lambda at: at.material_id, common=True),
    "GET /materials/{material_id}": reading(P.MATERIALS_READ, "/materials/{material_id}", common=True),
    "GET /materials/{material_id}/lots": reading(P.MATERIALS_READ, "/materials/{material_id}/lots", common=True),
    "POST /materials/{material_id}/lots": acting(
        P.MATERIALS_WRITE,
        "POST",
        "/materials/{material_id}/lots",
        lambda _: {"number": f"M{a_number()}", "expires_on": day(99)},
        common=True,
    ),
    "POST /stock/receipts": referring(
        P.STOCK_RECEIVE,
        "/stock/receipts",
        lambda at: {
            "lot_id": at.lot["id"],
            "location_id": at.location_id if at.absent else at.company.warehouse_id,
            "quantity": 1,
        },
    ),
    "POST /stock/transfers": referring(P.STOCK_TRANSFER, "/stock/transfers", _transfer),
    "GET /stock": listing(
        P.STOCK_READ, "/stock", lambda at: at.location_id, by="location_id", location_id=lambda at: at.location_id
    ),
    "GET /stock/movements": _movements(),
    "GET /locations": listing(
        P.STOCK_READ, "/locations", lambda at: at.location_id, employee_id=lambda at: at.employee_id
    ),
    "POST /visits": referring(
        P.VISITS_WRITE, "/visits", lambda at: {"account_id": at.account_id, "planned_at": now(), "contact_ids": []}
    ),
    "GET /visits": listing(P.VISITS_READ, "/visits", lambda at: at.visit_id, account_id=lambda at: at.account_id),
    "GET /visits/{visit_id}": reading(P.VISITS_READ, "/visits/{visit_id}"),
    "GET /visits/{visit_id}/history": reading(P.VISITS_READ, "/visits/{visit_id}/history"),
    "POST /visits/{visit_id}/check-in": acting(
        P.VISITS_WRITE,
        "POST",
        "/visits/{visit_id}/check-in",
        lambda _: {"at": now(), "lat": 1, "lon": 1, "accuracy_m": 5},
    ),
    "POST /visits/{visit_id}/check-out": acting(
        P.VISITS_WRITE, "POST", "/visits/{visit_id}/check-out", lambda _: {"at": now()}
    ),
    "PUT /visits/{visit_id}/report": acting(
        P.VISITS_WRITE, "PUT", "/visits/{visit_id}/report", lambda _: {"attendees": []}
    ),
    "POST /visits/{visit_id}/submission": acting(
        P.VISITS_WRITE, "POST", "/visits/{visit_id}/submission", lambda _: None
    ),
    "POST /visits/{visit_id}/cancellation": acting(
        P.VISITS_WRITE, "POST", "/visits/{visit_id}/cancellation", lambda _: {"reason": "x", "reason_code": "other"}
    ),
    "GET /analytics/visits": _figures(),
    "GET /analytics/visits/rows": listing(
        P.ANALYTICS_READ,
        "/analytics/visits/rows",
        lambda at: at.account_id,
        by="account_id",
        account_id=lambda at: at.account_id,
    ),
    "GET /analytics/accounts/{account_id}/summary": reading(
        P.ANALYTICS_READ, "/analytics/accounts/{account_id}/summary"
    ),
    "GET /analytics/freshness": alike(P.ANALYTICS_READ, "GET", "/analytics/freshness", 200),
    "GET /analytics/hash": alike(P.ANALYTICS_READ, "GET", "/analytics/hash", 200),
    "GET /score-models": alike(P.SCORES_READ, "GET", "/score-models", 200),
    "GET /score-models/inputs": alike(P.SCORES_READ, "GET", "/score-models/inputs", 200),
    "GET /score-models/{model_id}": alike(P.SCORES_READ, "GET", "/score-models/scm_0none", 404),
    "GET /score-models/{model_id}/history": alike(P.SCORES_READ, "GET", "/score-models/scm_0none/history", 404),
    "GET /score-models/{model_id}/runs": alike(P.SCORES_READ, "GET", "/score-models/scm_0none/runs", 404),
    "GET /score-models/{model_id}/runs/{run_id}": alike(
        P.SCORES_READ, "GET", "/score-models/scm_0none/runs/scr_0none", 404
    ),
    "POST /score-models": alike(
        P.SCORE_MODELS_WRITE,
        "POST",
        "/score-models",
        422,
        {
            "name": "x",
            "subject": "contact",
            "inputs": [{"code": "prescriptions", "weight": 100}],
            "population": [],
            "thresholds": {"A": 80, "B": 50, "C": 20},
        },
        code="prescriber_level_data_forbidden",
    ),
    "POST /score-models/{model_id}/versions": alike(
        P.SCORE_MODELS_WRITE,
        "POST",
        "/score-models/scm_0none/versions",
        404,
        {
            "inputs": [{"code": "beds", "weight": 100}],
            "population": [],
            "thresholds": {"A": 80, "B": 50, "C": 20},
        },
    ),
    "POST /score-models/{model_id}/activation": alike(
        P.SCORE_MODELS_WRITE, "POST", "/score-models/scm_0none/activation", 404, {}
    ),
    "POST /score-models/{model_id}/retirement": alike(
        P.SCORE_MODELS_WRITE, "POST", "/score-models/scm_0none/retirement", 404, {}
    ),
    "POST /score-models/{model_id}/runs": alike(
        P.SCORE_MODELS_WRITE, "POST", "/score-models/scm_0none/runs", 404, lambda: {"as_of": day()}
    ),
    "POST /score-models/{model_id}/what-if": alike(
        P.SCORE_MODELS_WRITE, "POST", "/score-models/scm_0none/what-if", 404, {}
    ),
    "GET /accounts/{account_id}/score": _unscored("/accounts/{account_id}/score"),
    "GET /contacts/{contact_id}/score": _unscored("/contacts/{contact_id}/score"),
    "GET /scores": alike(P.SCORES_READ, "GET", "/scores?subject=account", 404, code="not_scored"),
    "POST /accounts/{account_id}/score-overrides": _override("/accounts/{account_id}/score-overrides"),
    "POST /contacts/{contact_id}/score-overrides": _override("/contacts/{contact_id}/score-overrides"),
    "GET /score-overrides": alike(P.SCORES_READ, "GET", "/score-overrides", 200),
    "GET /score-overrides/{override_id}": alike(P.SCORES_READ, "GET", "/score-overrides/sov_0none", 404),
    "POST /score-overrides/{override_id}/approval": alike(
        P.SCORE_OVERRIDES_DECIDE, "POST", "/score-overrides/sov_0none/approval", 404, {}
    ),
    "POST /score-overrides/{override_id}/rejection": alike(
        P.SCORE_OVERRIDES_DECIDE, "POST", "/score-overrides/sov_0none/rejection", 404, {"reason": "x"}
    ),
    "GET /events": _events(),
    "GET /feed": _feed(),
    "GET /me": alike(P.SESSION, "GET", "/me", 200),
    "POST /auth/password": alike(
        P.SESSION,
        "POST",
        "/auth/password",
        422,
        {"current_password": "a wrong one", "new_password": "a good new one"},
        code="wrong_password",
    ),
    "POST /auth/token": alike(
        None,
        "POST",
        "/auth/token",
        401,
        lambda: {"username": f"nobody{a_number()}", "password": "a wrong one"},
        code="invalid_credentials",
    ),
    "POST /auth/refresh": alike(None, "POST", "/auth/refresh", 401, {"refresh_token": "x"}, code="invalid_token"),
    "POST /auth/logout": alike(None, "POST", "/auth/logout", 401, {"refresh_token": "x"}, code="invalid_token"),
    "POST /auth/activate": alike(
        None,
        "POST",
        "/auth/activate",
        422,
        {"invitation": "x", "password": "a good new password"},
        code="unknown_invitation",
    ),
}
"""By method and path below `/api/v1`. An operation that is published and not listed here fails the matrix."""


def _absent(permission: Permission, method: str, path: str, body: Any = None, status: int = 404) -> Operation:
    """About something that does not exist, on whatever version."""

    def send(door: Door, _: Place) -> httpx2.Response:
        return door.request(method, path, body, headers={"if-match": STALE})

    return Operation(permission, send, status, status, placed=False)


def _adding(permission: Permission, path: str, body: Callable[[Place], Any]) -> Operation:
    """Something new about the resource that the path names."""
    return Operation(permission, lambda door, at: door.post(_address(path, at), body(at)), 201, 404)


_ACCOUNT, _CONTACT = "/accounts/{account_id}", "/contacts/{contact_id}"
_AFFILIATION = "/contacts/{contact_id}/affiliations/{affiliation_id}"
_NO_AFFILIATION = "/contacts/con_0absent/affiliations/aff_0absent"
_NO_DEPARTMENT = "/accounts/acc_0absent/departments/dep_0absent"
_NO_ATTACHMENT = "/accounts/acc_0absent/attachments/att_0absent"
_NO_EDGE, _NO_REALIGNMENT, _NO_HANDOVER = (
    "/influence/edges/inf_0absent",
    "/realignments/rea_0absent",
    "/handovers/hnd_0absent",
)
_NO_ALIGNMENT, _NO_IMPORT = "/alignments/aln_0absent", "/imports/imp_0absent"
_WHO_WHERE = {"unit_id": "unt_0absent", "employee_id": "emp_0absent"}
_ON = {"on": day()}
_WHY = {"reason": "x"}
OPERATIONS |= {
    # institutions
    "POST /accounts/bulk": alike(P.ACCOUNTS_WRITE, "POST", "/accounts/bulk", 400, {}),
    f"GET {_ACCOUNT}/attachments": reading(P.ACCOUNTS_READ, f"{_ACCOUNT}/attachments"),
    f"POST {_ACCOUNT}/attachments": alike(P.ACCOUNT_NOTES_WRITE, "POST", "/accounts/acc_0absent/attachments", 415, {}),
    f"GET {_ACCOUNT}/attachments/{{attachment_id}}": _absent(P.ACCOUNTS_READ, "GET", _NO_ATTACHMENT),
    f"GET {_ACCOUNT}/attachments/{{attachment_id}}/content": _absent(
        P.ACCOUNTS_READ, "GET", f"{_NO_ATTACHMENT}/content"
    ),
    f"DELETE {_ACCOUNT}/attachments/{{attachment_id}}": _absent(P.ACCOUNT_NOTES_WRITE, "DELETE", _NO_ATTACHMENT),
    f"GET {_ACCOUNT}/departments": reading(P.ACCOUNTS_READ, f"{_ACCOUNT}/departments"),
    f"POST {_ACCOUNT}/departments": acting(
        P.ACCOUNTS_WRITE, "POST", f"{_ACCOUNT}/departments", lambda _: {"name": "内科"}
    ),
    f"GET {_ACCOUNT}/departments/{{department_id}}": _absent(P.ACCOUNTS_READ, "GET", _NO_DEPARTMENT),
    f"PATCH {_ACCOUNT}/departments/{{department_id}}": _absent(
        P.ACCOUNTS_WRITE, "PATCH", _NO_DEPARTMENT, {"name": "x"}
    ),
    f"DELETE {_ACCOUNT}/departments/{{department_id}}": _absent(P.ACCOUNTS_WRITE, "DELETE", _NO_DEPARTMENT),
    f"POST {_ACCOUNT}/grades": acting(
        P.ACCOUNTS_WRITE, "POST", f"{_ACCOUNT}/grades", lambda _: {"grade": "3A", **_ON, **_WHY}
    ),
    f"GET {_ACCOUNT}/hierarchy": reading(P.ACCOUNTS_READ, f"{_ACCOUNT}/hierarchy"),
    f"POST {_ACCOUNT}/parents": acting(
        P.ACCOUNTS_WRITE, "POST", f"{_ACCOUNT}/parents", lambda _: {"parent_id": None, **_ON, **_WHY}
    ),
    f"GET {_ACCOUNT}/notes": reading(P.ACCOUNTS_READ, f"{_ACCOUNT}/notes"),
    f"POST {_ACCOUNT}/notes": _adding(P.ACCOUNT_NOTES_WRITE, f"{_ACCOUNT}/notes", lambda _: {"text": "x"}),
    f"GET {_ACCOUNT}/plan": _absent(P.ACCOUNTS_READ, "GET", "/accounts/acc_0absent/plan"),
    f"PUT {_ACCOUNT}/plan": _absent(P.ACCOUNT_PLANS_WRITE, "PUT", "/accounts/acc_0absent/plan", {}),
    f"GET {_ACCOUNT}/plan/history": _absent(P.ACCOUNTS_READ, "GET", "/accounts/acc_0absent/plan/history"),
    "GET /attributes": alike(P.ACCOUNTS_READ, "GET", "/attributes", 200),
    "POST /attributes": alike(P.ATTRIBUTES_WRITE, "POST", "/attributes", 400, {}),
    "PATCH /attributes/{attribute_id}": _absent(P.ATTRIBUTES_WRITE, "PATCH", "/attributes/atr_0absent", {"label": "x"}),
    # contacts
    "POST /contacts/bulk": alike(P.CONTACTS_WRITE, "POST", "/contacts/bulk", 400, {}),
    f"POST {_CONTACT}/affiliations": acting(
        P.CONTACTS_MOVE,
        "POST",
        f"{_CONTACT}/affiliations",
        lambda _: {"account_id": "acc_0absent", "share": 10, "valid_from": day()},
    ),
    f"PATCH {_AFFILIATION}": _absent(P.CONTACTS_MOVE, "PATCH", _NO_AFFILIATION, {"share": 50}),
    f"POST {_AFFILIATION}/cancellation": _absent(P.CONTACTS_MOVE, "POST", f"{_NO_AFFILIATION}/cancellation", _WHY),
    f"POST {_AFFILIATION}/end": _absent(P.CONTACTS_MOVE, "POST", f"{_NO_AFFILIATION}/end", _ON | _WHY),
    f"POST {_AFFILIATION}/role": _absent(P.CONTACTS_MOVE, "POST", f"{_NO_AFFILIATION}/role", {"role": "x", **_ON}),
    f"GET {_CONTACT}/consents": reading(P.CONSENTS_READ, f"{_CONTACT}/consents"),
    f"POST {_CONTACT}/consents": alike(P.CONSENTS_WRITE, "POST", "/contacts/con_0absent/consents", 400, {}),
    f"GET {_CONTACT}/erasure": _absent(P.CONTACTS_READ, "GET", "/contacts/con_0absent/erasure"),
    f"POST {_CONTACT}/erasure": _absent(P.CONTACTS_ERASE, "POST", "/contacts/con_0absent/erasure", _WHY),
    f"GET {_CONTACT}/influence": reading(P.INFLUENCE_READ, f"{_CONTACT}/influence"),
    f"POST {_CONTACT}/status": acting(
        P.CONTACTS_WRITE, "POST", f"{_CONTACT}/status", lambda _: {"status": "inactive", **_ON, **_WHY}
    ),
    "POST /influence/edges": alike(P.INFLUENCE_WRITE, "POST", "/influence/edges", 400, {}),
    "GET /influence/edges/{influence_id}": _absent(P.INFLUENCE_READ, "GET", _NO_EDGE),
    "POST /influence/edges/{influence_id}/confirm": _absent(
        P.INFLUENCE_WRITE, "POST", f"{_NO_EDGE}/confirm", {"strength": 1, **_ON}
    ),
    "POST /influence/edges/{influence_id}/end": _absent(P.INFLUENCE_WRITE, "POST", f"{_NO_EDGE}/end", _ON | _WHY),
    "GET /influence/reach": alike(P.INFLUENCE_READ, "GET", "/influence/reach", 400),
    # organisation and territories
    "GET /alignments": alike(P.ALIGNMENTS_READ, "GET", "/alignments", 200),
    "POST /alignments": alike(P.ALIGNMENTS_WRITE, "POST", "/alignments", 400, {}),
    "GET /alignments/{alignment_id}": _absent(P.ALIGNMENTS_READ, "GET", _NO_ALIGNMENT),
    "GET /alignments/{alignment_id}/history": _absent(P.ALIGNMENTS_READ, "GET", f"{_NO_ALIGNMENT}/history"),
    "POST /alignments/{alignment_id}/changes": _absent(
        P.ALIGNMENTS_WRITE, "POST", f"{_NO_ALIGNMENT}/changes", {**_WHO_WHERE, "valid_from": day()}
    ),
    "GET /realignments": alike(P.REALIGNMENTS_READ, "GET", "/realignments", 200),
    "POST /realignments": alike(P.REALIGNMENTS_WRITE, "POST", "/realignments", 400, {}),
    "GET /realignments/{realignment_id}": _absent(P.REALIGNMENTS_READ, "GET", _NO_REALIGNMENT),
    "PUT /realignments/{realignment_id}": alike(P.REALIGNMENTS_WRITE, "PUT", _NO_REALIGNMENT, 400, {}),
    "GET /realignments/{realignment_id}/history": _absent(P.REALIGNMENTS_READ, "GET", f"{_NO_REALIGNMENT}/history"),
    "POST /realignments/{realignment_id}/simulation": _absent(
        P.REALIGNMENTS_WRITE, "POST", f"{_NO_REALIGNMENT}/simulation"
    ),
    "POST /realignments/{realignment_id}/publication": _absent(
        P.REALIGNMENTS_PUBLISH, "POST", f"{_NO_REALIGNMENT}/publication"
    ),
    # registers
    "GET /duplicates": alike(P.DUPLICATES_READ, "GET", "/duplicates", 200),
    "GET /duplicates/{duplicate_id}": _absent(P.DUPLICATES_READ, "GET", "/duplicates/dup_0absent"),
    "POST /duplicates/{duplicate_id}/dismissal": alike(
        P.DUPLICATES_JUDGE, "POST", "/duplicates/dup_0absent/dismissal", 404, _WHY
    ),
    "POST /duplicates/runs": alike(P.DUPLICATES_JUDGE, "POST", "/duplicates/runs", 400, {"kinds": "x"}),
    "GET /duplicates/runs/{run_id}": _absent(P.DUPLICATES_READ, "GET", "/duplicates/runs/dpr_0absent"),
    "GET /merges": alike(P.MERGES_READ, "GET", "/merges", 200),
    "POST /merges": alike(P.MERGES_WRITE, "POST", "/merges", 400, {}),
    "GET /merges/{merge_id}": _absent(P.MERGES_READ, "GET", "/merges/mrg_0absent"),
    "POST /merges/{merge_id}/undo": _absent(P.MERGES_WRITE, "POST", "/merges/mrg_0absent/undo", _WHY),
    "GET /imports": alike(P.IMPORTS_RUN, "GET", "/imports", 200),
    "POST /imports": alike(P.IMPORTS_RUN, "POST", "/imports", 415, {}),
    "GET /imports/{import_id}": _absent(P.IMPORTS_RUN, "GET", _NO_IMPORT),
    "POST /imports/{import_id}/abort": _absent(P.IMPORTS_RUN, "POST", f"{_NO_IMPORT}/abort"),
    "GET /imports/{import_id}/difference": _absent(P.IMPORTS_RUN, "GET", f"{_NO_IMPORT}/difference"),
    "GET /imports/{import_id}/failed-rows": _absent(P.IMPORTS_RUN, "GET", f"{_NO_IMPORT}/failed-rows"),
    "GET /fhir/Organization": alike(P.ACCOUNTS_READ, "GET", "/fhir/Organization", 200),
    "GET /fhir/Organization/{resource_id}": reading(P.ACCOUNTS_READ, "/fhir/Organization/{account_id}"),
    "GET /fhir/Practitioner": alike(P.CONTACTS_READ, "GET", "/fhir/Practitioner", 200),
    "GET /fhir/Practitioner/{resource_id}": reading(P.CONTACTS_READ, "/fhir/Practitioner/{contact_id}"),
    "GET /fhir/PractitionerRole": alike(P.CONTACTS_READ, "GET", "/fhir/PractitionerRole", 200),
}
