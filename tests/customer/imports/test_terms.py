"""Who may import, what a request must look like, repetition and abort."""

from typing import Any

import orjson
import pytest
from chassis.testing import a_rep, an_admin
from chassis.testing.service import as_principal

from tests.customer.imports.desk import ACCOUNT_MAPPING, Desk, counts, table

pytestmark = pytest.mark.stack

HEADER = "名称,类型,等级,代码,床位,组织"


@pytest.mark.parametrize("principal", [a_rep(), an_admin()])
async def test_only_stewards_import(desk: Desk, principal: Any):
    answer = await desk.hand_in(table(HEADER), ACCOUNT_MAPPING, headers=as_principal(principal))
    assert answer.status_code == 403
    for path in ("", "/imp_1", "/imp_1/failed-rows", "/imp_1/difference"):
        answer = await desk.client.get(f"/api/v1/imports{path}", headers=as_principal(principal))
        assert answer.status_code == 403


async def test_what_does_not_exist(desk: Desk):
    for path in ("/imports/imp_1", "/imports/imp_1/failed-rows", "/imports/imp_1/difference"):
        assert (await desk.call("GET", path)).status_code == 404
    assert (await desk.call("POST", "/imports/imp_1/abort")).status_code == 404


@pytest.mark.parametrize(
    ("options", "violations"),
    [
        ({}, {("options.kind", "required"), ("options.mode", "required"), ("options.mapping", "required")}),
        (
            {"kind": "unit", "mode": "replace", "mapping": {}, "dry_run": "yes", "defaults": {"a": None}, "more": 1},
            {
                ("options.kind", "enum"),
                ("options.mode", "enum"),
                ("options.mapping", "too_short"),
                ("options.dry_run", "bool_type"),
                ("options.more", "unknown_field"),
            },
        ),
    ],
)
async def test_options_that_do_not_fit(desk: Desk, options: Any, violations: set[tuple[str, str]]):
    form = {"options": (None, orjson.dumps(options)), "file": ("t.csv", b"a\n")}
    answer = await desk.client.post("/api/v1/imports", files=form, headers=desk.headers)
    assert answer.status_code == 400
    assert violations <= {(one["field"], one["code"]) for one in answer.json()["violations"]}


async def test_a_mapping_that_breaks_rules_is_422_with_all_of_them(desk: Desk):
    answer = await desk.hand_in(table("a,b"), {"a": "name", "b": "colour"}, defaults={"beds": "x"})
    assert answer.status_code == 422
    assert {one["code"] for one in answer.json()["violations"]} == {
        "unknown_import_field",
        "invalid_number",
        "required_field_not_mapped",
    }


async def test_the_same_key_means_the_same_import(desk: Desk):
    content = table(HEADER, "重复提交医院,医院,,,,unt_north")
    key = {"idempotency-key": "import-1"}
    first = await desk.hand_in(content, ACCOUNT_MAPPING, headers=key)
    again = await desk.hand_in(content, ACCOUNT_MAPPING, headers=key)
    assert (first.status_code, again.status_code, again.json()["id"]) == (202, 202, first.json()["id"])
    other = await desk.hand_in(content + "x,,,,,\n", ACCOUNT_MAPPING, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    found = await desk.ended(first.json()["id"])
    assert counts(found) == {"created": 1}
    assert first.headers["location"] == f"/api/v1/imports/{found['id']}"


async def test_an_import_can_be_aborted_while_it_runs(desk: Desk):
    content = table(HEADER, *(f"中止医院{number},医院,,,,unt_north" for number in range(3_000)))
    import_id = (await desk.hand_in(content, ACCOUNT_MAPPING)).json()["id"]
    while not (await desk.get(f"/imports/{import_id}"))["created"]:
        pass
    answer = await desk.call("POST", f"/imports/{import_id}/abort")
    assert (answer.status_code, answer.json()["state"]) == (200, "aborted")
    created = answer.json()["created"]
    assert 0 < created < 3_000
    found = await desk.get(f"/imports/{import_id}")
    assert (found["state"], found["created"]) == ("aborted", created)
    accounts = desk.database.collection("accounts")
    assert await accounts.count_documents({"name": {"$regex": "^中止医院"}}) == created
    assert (await desk.call("POST", f"/imports/{import_id}/abort")).status_code == 200
    done = await desk.imported(HEADER + "\n", ACCOUNT_MAPPING)
    answer = await desk.call("POST", f"/imports/{done['id']}/abort")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_finished")


async def test_imports_are_listed_the_latest_first(desk: Desk):
    one = await desk.imported(HEADER + "\n", ACCOUNT_MAPPING)
    two = await desk.imported("姓名\n", {"姓名": "name"}, kind="contact", defaults={"account_id": "acc_A"})
    ids = [row["id"] for row in await desk.items("/imports?state=done")]
    assert {one["id"], two["id"]} <= set(ids)
    assert [row["id"] for row in await desk.items("/imports?kind=contact")] == [two["id"]]
