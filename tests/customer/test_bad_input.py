"""Whatever is sent, the answer has the status the rules give it, tells all that is wrong, and nothing is stored."""

from typing import Any

import pytest
import pytest_asyncio
from chassis.testing import a_steward, an_admin
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person, documents

pytestmark = pytest.mark.stack

ACCOUNT = {"name": "Bad Input Hospital", "kind": "hospital", "unit_id": "unt_north"}
CONTACT = {"name": "x", "affiliation": {"account_id": "acc_A", "valid_from": "2024-01-01"}}
UNIT = {"name": "x", "kind": "office", "parent_id": "unt_north"}
EMPLOYEE = {"name": "x", "username": "bad.input", "roles": ["rep"], "unit_id": "unt_north", "valid_from": "2026-01-01"}
MOVE = {"to_account_id": "acc_B", "on": "2026-02-01"}
STAGE = {"stage": "developing", "reason": "x", "on": "2026-03-01"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def contact_id(client: ServiceClient) -> str:
    """Somebody to be treated badly."""
    return (await Person(client).contact("坏输入"))["id"]


class Case:
    """One bad request: where, with what, and the exact status with the violations' fields and codes."""

    def __init__(self, path: str, body: Any, status: int, *wrong: str, method: str = "POST", **headers: str) -> None:
        self.path, self.body, self.status, self.wrong = path, body, status, {*wrong}
        self.method, self.headers = method, headers

    def __repr__(self) -> str:
        return f"{self.method} {self.path} {str(self.body)[:60]} -> {self.status}"


def patch(path: str, body: Any, status: int, *wrong: str, if_match: str = "*") -> Case:
    return Case(path, body, status, *wrong, method="PATCH", if_match=if_match)


INJECTION = {"$gt": ""}
LONG = "x" * 201

CASES = [
    # does not fit the schema: judged without any data
    Case("/accounts", {}, 400, "name required", "kind required", "unit_id required"),
    Case("/accounts", [ACCOUNT], 400),
    Case("/accounts", "text", 400),
    Case("/accounts", None, 400),
    Case("/accounts", ACCOUNT | {"name": INJECTION}, 400, "name string_type"),
    Case("/accounts", ACCOUNT | {"name": ["x"]}, 400, "name string_type"),
    Case("/accounts", ACCOUNT | {"name": None}, 400, "name string_type"),
    Case("/accounts", ACCOUNT | {"name": "a\u0000b"}, 400, "name string_pattern_mismatch"),
    Case("/accounts", ACCOUNT | {"name": LONG, "kind": "school"}, 400, "name string_too_long", "kind enum"),
    Case("/accounts", ACCOUNT | {"unit_id": INJECTION}, 400, "unit_id string_type"),
    Case("/accounts", ACCOUNT | {"unit_id": "acc_A"}, 400, "unit_id string_pattern_mismatch"),
    Case("/accounts", ACCOUNT | {"id": "acc_mine"}, 400, "id unknown_field"),
    Case("/accounts", ACCOUNT | {"account_id": "acc_mine"}, 400, "account_id unknown_field"),
    Case("/accounts", ACCOUNT | {"visible": []}, 400, "visible unknown_field"),
    Case("/accounts", ACCOUNT | {"$where": "1"}, 400, "$where unknown_field"),
    Case("/accounts", ACCOUNT | {"beds": "12"}, 400, "beds int_type"),
    Case("/accounts", ACCOUNT | {"beds": 1.5}, 400, "beds int_type"),
    Case("/accounts", ACCOUNT | {"beds": True}, 400, "beds int_type"),
    Case("/accounts", ACCOUNT | {"beds": -1}, 400, "beds greater_than_equal"),
    Case("/accounts", ACCOUNT | {"beds": 10**30}, 400),
    Case(
        "/accounts",
        ACCOUNT | {"location": {"lat": 91, "lon": "x"}},
        400,
        "location.lat less_than_equal",
        "location.lon float_type",
    ),
    Case("/accounts", ACCOUNT | {"location": [1, 2]}, 400),
    Case("/accounts", ACCOUNT | {"division_code": "11"}, 400, "division_code string_pattern_mismatch"),
    Case(
        "/accounts", ACCOUNT | {"departments": [{"name": "x", "id": "dep_1"}]}, 400, "departments[0].id unknown_field"
    ),
    Case(
        "/accounts",
        ACCOUNT | {"departments": [{}, {"name": 1}]},
        400,
        "departments[0].name required",
        "departments[1].name string_type",
    ),
    Case("/accounts/acc_A/stage", {"stage": "open"}, 400, "stage enum", "reason required"),
    Case("/accounts/acc_A/stage", STAGE | {"on": "2026-02-30"}, 400, "on date_parsing"),
    Case("/accounts/acc_A/stage", STAGE | {"on": 20260301}, 400, "on date_type"),
    Case("/accounts/acc_A/stage", STAGE | {"on": "0001-01-01"}, 400, "on date_out_of_range"),
    Case("/accounts/acc_A/stage", STAGE | {"on": "9999-12-31"}, 400, "on date_out_of_range"),
    patch("/accounts/acc_A", {"name": None, "grade": None}, 400, "name string_type", "grade enum"),
    patch("/accounts/acc_A", {"stage": "closed"}, 400, "stage unknown_field"),
    patch("/accounts/acc_A", {"beds": 1}, 400, if_match="three"),
    Case("/contacts", {}, 400, "name required", "affiliation required"),
    Case("/contacts", CONTACT | {"affiliation": {}}, 400, "affiliation.account_id required"),
    Case(
        "/contacts",
        CONTACT | {"affiliation": INJECTION},
        400,
        "affiliation.account_id required",
        "affiliation.$gt unknown_field",
    ),
    Case("/contacts", CONTACT | {"affiliations": []}, 400, "affiliations unknown_field"),
    Case("/contacts", CONTACT | {"mobile": 13800138000}, 400, "mobile string_type"),
    Case("/contacts/{contact}/moves", {}, 400, "to_account_id required", "on required"),
    Case("/contacts/{contact}/moves", MOVE | {"on": "tomorrow"}, 400, "on date_parsing"),
    Case("/contacts/{contact}/moves", MOVE | {"to_account_id": "con_1"}, 400, "to_account_id string_pattern_mismatch"),
    Case("/contacts/{contact}/moves", MOVE | {"primary": True}, 400, "primary unknown_field"),
    Case("/contacts", CONTACT | {"licence": "?"}, 422, "licence invalid_licence"),
    Case("/contacts", CONTACT | {"qualifications": [{}]}, 400, "qualifications[0].kind required"),
    Case("/contacts/{contact}/affiliations", {}, 400, "account_id required", "share required"),
    Case("/contacts/{contact}/affiliations", {"account_id": "acc_B", "share": 0}, 400, "share greater_than_equal"),
    Case("/contacts/{contact}/affiliations", {"account_id": "acc_B", "share": 101}, 400, "share less_than_equal"),
    Case("/contacts/{contact}/affiliations", {"account_id": "acc_B", "share": 1}, 422),
    Case("/contacts/{contact}/affiliations", {"account_id": "acc_no", "share": 1}, 422, "account_id unknown_reference"),
    Case("/contacts/{contact}/affiliations/aff_no/end", {"on": "2026-02-01", "reason": "x"}, 404),
    Case("/contacts/{contact}/affiliations/aff_no/cancellation", {"reason": "x"}, 404),
    Case("/contacts/{contact}/affiliations/con_1/role", {"role": "x", "on": "2026-02-01"}, 400),
    patch("/contacts/{contact}/affiliations/aff_no", {"share": 5}, 404),
    Case("/contacts/{contact}/status", {"status": "asleep"}, 400, "status enum", "reason required"),
    Case(
        "/contacts/{contact}/consents",
        {"channel": "E-Mail", "purpose": "", "act": "maybe"},
        400,
        "channel string_pattern_mismatch",
        "purpose string_pattern_mismatch",
        "act enum",
    ),
    Case("/contacts/{contact}/erasure", {}, 400, "reason required"),
    Case("/contacts/{contact}/erasure", {"reason": "  "}, 400, "reason string_too_short"),
    Case("/contacts/{contact}/erasure", {"reason": "坏输入 asked"}, 422, "reason reason_names_the_person"),
    Case("/contacts/con_no/erasure", {"reason": "x"}, 404),
    Case(
        "/influence/edges",
        {"from_contact_id": "con_1", "to_contact_id": "con_1", "type": "x", "strength": 6},
        400,
        "strength less_than_equal",
        "source required",
    ),
    Case(
        "/influence/edges",
        {"from_contact_id": "con_no", "to_contact_id": "con_none", "type": "x", "strength": 5, "source": "x"},
        422,
        "from_contact_id unknown_reference",
        "to_contact_id unknown_reference",
    ),
    Case("/contacts/names", {"ids": []}, 400, "ids too_short"),
    Case("/contacts/names", {"ids": [INJECTION]}, 400, "ids[0] string_type"),
    Case("/units", UNIT | {"kind": "galaxy", "parent_id": 7}, 400, "kind enum", "parent_id string_type"),
    Case("/employees", EMPLOYEE | {"roles": []}, 400, "roles too_short"),
    Case(
        "/employees",
        EMPLOYEE | {"roles": ["god"], "username": "A B"},
        400,
        "roles[0] enum",
        "username string_pattern_mismatch",
    ),
    Case("/employees", EMPLOYEE | {"roles": "rep"}, 400, "roles list_type"),
    # a rule on the values
    Case(
        "/accounts",
        ACCOUNT | {"unit_id": "unt_absent", "division_code": "990101"},
        422,
        "unit_id unknown_reference",
        "division_code implausible_division",
    ),
    Case(
        "/accounts",
        ACCOUNT | {"name": "()", "departments": [{"name": "a"}, {"name": "A"}]},
        422,
        "name name_without_letters",
        "departments[1].name duplicate_department",
    ),
    Case("/accounts/acc_A/stage", STAGE | {"on": "2019-12-31"}, 422, "on stage_before_last"),
    Case(
        "/contacts",
        CONTACT | {"mobile": "12345", "affiliation": {"account_id": "acc_no"}},
        422,
        "affiliation.account_id unknown_reference",
        "mobile invalid_mobile",
    ),
    Case(
        "/contacts",
        CONTACT | {"affiliation": {"account_id": "acc_A", "department_id": "dep_B1"}},
        422,
        "affiliation.department_id unknown_reference",
    ),
    Case(
        "/contacts",
        CONTACT | {"affiliation": {"account_id": "acc_C"}},
        422,
        "affiliation.account_id institution_closed",
    ),
    Case("/contacts/{contact}/moves", MOVE | {"to_account_id": "acc_no"}, 422, "to_account_id unknown_reference"),
    Case(
        "/contacts/{contact}/moves",
        MOVE | {"to_account_id": "acc_C", "to_department_id": "dep_A1"},
        422,
        "to_account_id institution_closed",
        "to_department_id unknown_reference",
    ),
    Case("/contacts/{contact}/moves", MOVE | {"on": "2024-01-01"}, 422, "on move_before_start"),
    Case("/units", UNIT | {"parent_id": "unt_absent"}, 422, "parent_id unknown_reference"),
    Case("/units", UNIT | {"kind": "region"}, 422, "kind kind_not_below_parent"),
    Case("/units", {"name": "x", "kind": "region"}, 422, "parent_id parent_required"),
    Case("/employees", EMPLOYEE | {"valid_to": "2025-01-01"}, 422, "valid_to ends_before_it_starts"),
    Case("/employees", EMPLOYEE | {"unit_id": "unt_absent"}, 422, "unit_id unknown_reference"),
    # the present state
    Case("/units", {"name": "x", "kind": "hq"}, 409),
    Case("/accounts/acc_C/stage", STAGE | {"stage": "active"}, 409),
    Case("/accounts/acc_A/stage", STAGE | {"stage": "closing"}, 409),
    Case("/accounts", ACCOUNT | {"name": "hospital  ACC_a"}, 409),
    # versions
    patch("/accounts/acc_A", {"beds": 1}, 412, if_match='"99"'),
    patch("/accounts/acc_A", {"beds": 1}, 412, if_match='"gone"'),
    Case("/accounts/acc_A", {"beds": 1}, 428, method="PATCH"),
    Case("/contacts/{contact}", {"title": "x"}, 428, method="PATCH"),
    # absent, however odd the address
    Case("/accounts/acc_no/stage", STAGE, 404),
    Case("/accounts/con_1/stage", STAGE, 404),
    patch("/accounts/acc_no", {"beds": 1}, 404),
    Case("/contacts/con_no/moves", MOVE, 404),
    Case("/contacts/%7B%22$gt%22:%22%22%7D/moves", MOVE, 404),
    Case("/accounts/acc_A/nothing", {}, 404),
    Case("/accounts/acc_A", {}, 405, method="DELETE"),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
async def test_bad_requests_are_refused_and_store_nothing(client: ServiceClient, contact_id: str, case: Case):
    roles = a_steward().roles | an_admin().roles
    everybody = type(a_steward())(**{**vars(a_steward()), "roles": roles})
    before = await documents(client)
    path = case.path.replace("{contact}", contact_id)
    answer = await Person(client, everybody).call(case.method, path, case.body, **case.headers)
    assert answer.status_code == case.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = {f"{one['field']} {one['code']}" for one in answer.json()["violations"]}
    assert not case.wrong or told == case.wrong
    assert await documents(client) == before


RAW = [
    (b"{", 400, "malformed_json"),
    (b"", 400, "invalid_request"),
    (b"\xff\xfe", 400, "malformed_json"),
    (b'{"name": "\\ud800", "kind": "hospital", "unit_id": "unt_north"}', 400, None),
    (b'{"name": NaN, "kind": "hospital", "unit_id": "unt_north"}', 400, None),
    (
        b'{"name": "x", "kind": "hospital", "unit_id": "unt_north", "address": "' + b"x" * 2_000_000 + b'"}',
        413,
        "body_too_large",
    ),
    (b"[" * 5000, 400, None),
]


@pytest.mark.parametrize(("raw", "status", "code"), RAW, ids=[str(raw[:20]) for raw, _, _ in RAW])
async def test_what_is_no_json_is_refused(client: ServiceClient, raw: bytes, status: int, code: str | None):
    before = await documents(client)
    headers = {**Person(client).headers, "content-type": "application/json"}
    answer = await client.post("/api/v1/accounts", content=raw, headers=headers)
    assert answer.status_code == status, answer.text
    assert code in (None, answer.json()["code"])
    assert await documents(client) == before


async def test_another_media_type_is_refused(client: ServiceClient):
    headers = {**Person(client).headers, "content-type": "text/plain"}
    answer = await client.post("/api/v1/accounts", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/accounts?stage=open", "stage"),
        ("/accounts?kind[$ne]=hospital", "kind[$ne]"),
        ("/accounts?kind=%7B%22$gt%22:%22%22%7D", "kind"),
        ("/accounts?surprise=1", "surprise"),
        ("/accounts?near=1,2", "near"),
        ("/accounts?near=nan,2,3", "near"),
        ("/accounts?near=1,2,inf", "near"),
        ("/accounts?near=91,2,3", "near"),
        ("/accounts?near=1,2,0", "near"),
        ("/accounts?near=1,2,99999", "near"),
        ("/accounts?sort=beds", "sort"),
        ("/accounts?sort=$where", "sort"),
        ("/accounts?limit=0", "limit"),
        ("/accounts?limit=501", "limit"),
        ("/accounts?limit=x", "limit"),
        ("/accounts?cursor=forged", "cursor"),
        ("/accounts?unit_id=acc_A", "unit_id"),
        ("/accounts?q=" + "x" * 101, "q"),
        ("/accounts/acc_A?as_of=2026-02-30", "as_of"),
        ("/accounts/acc_A?as_of=1700000000", "as_of"),
        ("/accounts/acc_A?as_of=2026-01-01T00:00:00Z", "as_of"),
        ("/accounts/acc_A?known_at=2026-01-01T00:00:00", "known_at"),
        ("/accounts/acc_A?known_at=2999-01-01T00:00:00Z", "known_at"),
        ("/contacts?account_id[$ne]=x", "account_id[$ne]"),
        ("/contacts?account_id=unt_1", "account_id"),
        ("/employees?role=god", "role"),
        ("/units?kind=galaxy", "kind"),
        ("/directory/accounts?kind=hospital", "kind"),
    ],
)
async def test_odd_questions_are_refused(client: ServiceClient, query: str, field: str):
    answer = await Person(client).call("GET", query)
    assert answer.status_code == 400, answer.text
    assert [one["field"] for one in answer.json()["violations"]] == [field]


@pytest.mark.parametrize("q", ["$where", "{$gt:''}", "a.*b", "(((", "[", "\\", "%00", "'; drop", "𠮷", "()"])
async def test_odd_words_find_nothing_and_harm_nothing(client: ServiceClient, q: str):
    answer = await Person(client).client.get("/api/v1/accounts", params={"q": q}, headers=Person(client).headers)
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
