"""Requests made from the published document, fitting and not: no failure of ours, no answer that is not published."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks

from tests.security.operations import OPERATIONS
from tests.system.company import Company, a_number, day
from tests.system.door import API, Door, made

pytestmark = [pytest.mark.system, pytest.mark.stack]

EXAMPLES = 16
"""Requests of one operation that fit the document, and as many that do not."""
SHARE_S = 1.0
"""What an operation may take; requests beyond it are left out, so that the whole stays below a minute."""
ENDLESS = "GET /feed"
"""A stream is no answer that could be compared with a schema."""
LOGINS = {"units": "admin", "employees": "admin", "accounts": "steward", "contacts": "steward", "visits": "rep"}
"""Who asks, by the noun; the head office does the rest."""
PUBLISHED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]

Ids = dict[str, str | list[str]]


@pytest.fixture(scope="module")
def document(company: Company) -> BaseSchema:
    """The published document, without its security schemes: tokens are forged elsewhere, here everybody has a good one."""
    load_all_checks()
    published = httpx2.get(company.installation.url + "/openapi.json").json()
    del published["components"]["securitySchemes"]
    for operations in published["paths"].values():
        for operation in operations.values():
            del operation["security"]
    return schemathesis.openapi.from_dict(published)


@pytest.fixture(scope="module")
def client() -> Iterator[requests.Session]:
    """One connection for all requests."""
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def ids(company: Company) -> Ids:
    """What exists, under the names that parameters and bodies have for it; nothing that other tests look at."""
    account = company.an_account("north")
    contact = company.a_contact(account)
    visit = company.a_visit("rep", account, [contact])
    lot = company.a_lot(1000)
    company.hand_out(lot, "north", 100)
    unit = {"name": "试验", "kind": "territory", "parent_id": company.units["north office"]["id"]}
    unit_id = made(company["admin"].post("/units", unit))["id"]
    employee = {
        "name": "x",
        "username": f"tried{a_number()}",
        "roles": ["rep"],
        "unit_id": unit_id,
        "valid_from": day(),
    }
    return {
        "account_id": account["id"],
        "to_account_id": company.an_account("north")["id"],
        "contact_id": contact["id"],
        "contact_ids": [contact["id"]],
        "attendees": [contact["id"]],
        "ids": [contact["id"]],
        "visit_id": visit["id"],
        "employee_id": made(company["admin"].post("/employees", employee))["id"],
        "unit_id": unit_id,
        "parent_id": company.units["north office"]["id"],
        "material_id": company.material["id"],
        "product_id": company.product["id"],
        "product": company.product["id"],
        "lot_id": lot["id"],
        "location_id": company.warehouse_id,
        "from_location_id": company.warehouse_id,
        "to_location_id": company.territories["north"].location_id,
        "topic": "customer.account",
    }


def with_ids(value: Any, ids: Ids) -> Any:
    """The value with ids of what exists, wherever it has a field of that name."""
    if isinstance(value, dict):
        return {
            key: ids[key] if key in ids and isinstance(item, str | list) else with_ids(item, ids)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    return value


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != ENDLESS])
def test_every_answer_is_a_published_one(
    company: Company, document: BaseSchema, client: requests.Session, ids: Ids, name: str, mode: GenerationMode
):
    method, _, path = name.partition(" ")
    operation = document[API + path][method]
    door = _door(company, path)
    until = time.monotonic() + SHARE_S / 2

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), existing=st.booleans())
    def ask(case: schemathesis.Case, existing: bool) -> None:
        if time.monotonic() > until:
            return
        if existing and mode is GenerationMode.POSITIVE:
            if "If-Match" in case.headers:
                case.headers["If-Match"] = "*"
            case.path_parameters = with_ids(case.path_parameters, ids)
            case.query = with_ids(case.query, ids)
            case.body = with_ids(case.body, ids)
        headers = {"Authorization": f"Bearer {door.token}"}
        answer = case.call(base_url=company.installation.url, session=client, headers=headers)
        case.validate_response(answer, checks=PUBLISHED, headers=headers)
        by_name = operation.definition.raw["responses"]
        assert str(answer.status_code) in by_name, f"{answer.status_code} is not published: {answer.text[:300]}"

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
        pytest.skip("nothing in the request can fail to fit")


def _door(company: Company, path: str) -> Door:
    """Whoever may."""
    if path == "/auth/logout":
        return Door.open(company.installation.url, "warehouse", company.password)
    if path.startswith("/auth/"):
        return company["auditor"]  # whose password nobody tries to prove elsewhere: that may be done only so often
    return company[LOGINS.get(path.split("/")[1], "hq")]
