"""`/accounts/{id}/360`: everything in one answer, each part with its freshness, and the rest when a part is missing."""

import time
from datetime import datetime
from typing import Any

import pytest

from tests.system.company import Company
from tests.system.door import made, refused
from tests.system.installation import eventually

pytestmark = [pytest.mark.system, pytest.mark.stack]

PARTS = {"profile", "contacts", "visits", "materials", "activity"}


def whole(company: Company, account_id: str) -> dict[str, Any]:
    answer = made(company["rep"].get(f"/accounts/{account_id}/360"), 200)
    assert answer["account_id"] == account_id
    assert answer["parts"].keys() == PARTS
    return answer["parts"]


def test_all_parts_are_there_with_their_freshness(company: Company):
    account = company.an_account("north")
    doctor = company.a_contact(account)
    visit, etag = company.a_visit_that_ended("rep", account, [doctor])
    made(company["rep"].put(f"/visits/{visit['id']}/report", company.a_report(doctor, quantity=2), if_match=etag), 200)
    made(company["rep"].post(f"/visits/{visit['id']}/submission", prefer="wait=20"), 200)

    def complete() -> dict[str, Any] | None:
        parts = whole(company, account["id"])
        told = parts["activity"]["state"] == "ok" and parts["activity"]["data"]["visits"] == 1
        return parts if told else None

    parts = eventually(complete, what="the visit in the marts")
    assert {name: part["state"] for name, part in parts.items()} == dict.fromkeys(PARTS, "ok")
    assert all(datetime.fromisoformat(part["as_of"]).tzinfo for part in parts.values())
    assert parts["profile"]["data"]["id"] == account["id"]
    assert [one["id"] for one in parts["contacts"]["data"]["items"]] == [doctor["id"]]
    assert [one["id"] for one in parts["visits"]["data"]["items"]] == [visit["id"]]
    assert [row["on_hand"] for row in parts["materials"]["data"]["items"]] == [2]
    assert (parts["activity"]["data"]["visits"], parts["activity"]["data"]["materials_dropped"]) == (1, 2)


@pytest.mark.parametrize(
    ("service", "missing"), [("promotion", {"materials"}), ("visits", {"visits"}), ("analytics", {"activity"})]
)
def test_a_part_whose_service_is_gone_is_marked_and_the_rest_is_served(
    company: Company, service: str, missing: set[str]
):
    account = company.territories["north"].account
    with company.installation.killed(service):
        began = time.monotonic()
        parts = whole(company, account["id"])
        assert time.monotonic() - began < 4
    assert {name for name, part in parts.items() if part["state"] == "unavailable"} == missing
    assert all(parts[name]["data"] is None for name in missing)
    assert parts["profile"]["data"]["id"] == account["id"]


def test_a_part_whose_service_hangs_is_marked_within_two_seconds(company: Company):
    account = company.territories["north"].account
    with company.installation.frozen("promotion"):
        began = time.monotonic()
        parts = whole(company, account["id"])
        taken = time.monotonic() - began
    assert 1.5 < taken < 4
    assert parts["materials"] == {"state": "unavailable", "as_of": None, "data": None}
    assert parts["profile"]["state"] == parts["visits"]["state"] == "ok"


def test_without_the_customer_service_nothing_is_known_of_the_scope_of_the_profile(company: Company):
    account = company.territories["north"].account
    with company.installation.killed("customer"):
        mine = whole(company, account["id"])
        theirs = company["stranger"].get(f"/accounts/{account['id']}/360")
        plain = company["rep"].get(f"/accounts/{account['id']}")
    assert mine["profile"]["state"] == mine["contacts"]["state"] == "unavailable"
    assert [one["id"] for one in mine["visits"]["data"]["items"]]
    # Whoever may not see the institution sees nothing of it then either.
    for part in theirs.json().get("parts", {}).values():
        assert not (part["data"] or {}).get("items")
        assert part["state"] in ("absent", "unavailable", "ok")
    refused(plain, 503)
    assert int(plain.headers["retry-after"]) >= 1
