"""What belongs to one region does not exist for another, in whatever form it is asked for."""

import json
from typing import Any

import pytest

from tests.system.company import Company, day
from tests.system.door import Door, made, refused, violations
from tests.system.installation import eventually

pytestmark = [pytest.mark.system, pytest.mark.stack]

ADDRESSES = (
    "/accounts/{account}",
    "/accounts/{account}/history",
    "/accounts/{account}/360",
    "/analytics/accounts/{account}/summary",
    "/contacts/{contact}",
    "/contacts/{contact}/affiliations",
    "/contacts/{contact}/history",
    "/visits/{visit}",
    "/visits/{visit}/history",
    "/units/{unit}",
    "/employees/{employee}",
)


def ids_of(company: Company, territory: str) -> dict[str, str]:
    """Ids by kind of what belongs to a territory."""
    here = company.territories[territory]
    return {
        "account": here.account["id"],
        "contact": here.contact["id"],
        "visit": here.visit["id"],
        "unit": here.unit_id,
        "employee": here.employee_id,
    }


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_out_of_scope_is_answered_like_one_that_was_never_issued(company: Company, address: str):
    foreign = ids_of(company, "north")
    absent = {kind: ident.split("_")[0] + "_0absent" for kind, ident in foreign.items()}
    assert company["rep"].get(address.format(**foreign)).status_code == 200

    theirs = refused(company["stranger"].get(address.format(**foreign)), 404, "not_found")
    nobodys = refused(company["stranger"].get(address.format(**absent)), 404, "not_found")

    def anonymous(problem: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
        told = json.dumps({**problem, "request_id": None})
        for ident in ids.values():
            told = told.replace(ident, "…")
        return json.loads(told)

    assert anonymous(theirs, foreign) == anonymous(nobodys, absent)


def test_lists_and_searches_hold_nothing_of_another_region(company: Company):
    theirs, ours = ids_of(company, "north"), ids_of(company, "south")
    account, contact = company.territories["north"].account, company.territories["north"].contact
    stranger = company["stranger"]
    lists: list[tuple[str, dict[str, Any], str]] = [
        ("/accounts", {}, "account"),
        ("/accounts", {"sort": "-created"}, "account"),
        ("/accounts", {"near": "39.9042,116.4074,5"}, "account"),
        ("/accounts", {"kind": "hospital"}, "account"),
        ("/contacts", {}, "contact"),
        ("/contacts", {"q": "wxm"}, "contact"),
        ("/contacts", {"q": contact["name"]}, "contact"),
        ("/visits", {}, "visit"),
        ("/visits", {"state": "planned"}, "visit"),
        ("/units", {}, "unit"),
        ("/employees", {}, "employee"),
    ]
    for path, filters, kind in lists:
        found = stranger.ids(path, **filters)
        assert theirs[kind] not in found, (path, filters)
        assert ours[kind] in found, (path, filters)
    narrowed: list[tuple[str, dict[str, Any]]] = [
        ("/accounts", {"q": account["name"]}),
        ("/accounts", {"unit_id": theirs["unit"]}),
        ("/contacts", {"account_id": theirs["account"]}),
        ("/visits", {"account_id": theirs["account"]}),
        ("/visits", {"employee_id": theirs["employee"]}),
        ("/units", {"parent_id": company.units["north office"]["id"]}),
        ("/employees", {"unit_id": theirs["unit"]}),
        ("/employees", {"username": "rep"}),
        ("/locations", {"employee_id": theirs["employee"]}),
        ("/stock", {"location_id": company.territories["north"].location_id}),
    ]
    for path, filters in narrowed:
        assert stranger.all(path, **filters) == [], (path, filters)
        assert company["hq"].all(path, **filters), (path, filters)


def test_stock_and_custody_of_a_shared_lot_show_one_s_own_places_only(company: Company):
    place = company.territories["south"].location_id
    assert company.on_hand("stranger", company.lot) == {place: 50}
    legs = [
        leg["location_id"]
        for movement in company["stranger"].all("/stock/movements", lot_id=company.lot["id"])
        for leg in movement["legs"]
    ]
    assert company.territories["north"].location_id not in legs


def test_names_of_contacts_out_of_scope_are_left_out(company: Company):
    ids = [company.territories[name].contact["id"] for name in ("north", "south")] + ["con_0absent"]
    named = made(company["stranger"].post("/contacts/names", {"ids": ids}), 200)["items"]
    assert [one["id"] for one in named] == [ids[1]]


def test_figures_count_one_s_own_scope_only(company: Company):
    account = company.an_account("north")
    doctor = company.a_contact(account)
    visit, etag = company.a_visit_that_ended("rep", account, [doctor])
    made(company["rep"].put(f"/visits/{visit['id']}/report", company.a_report(doctor, quantity=1), if_match=etag), 200)
    made(company["rep"].post(f"/visits/{visit['id']}/submission", prefer="wait=20"), 200)

    def units(login: str) -> set[str]:
        figures = made(company[login].get("/analytics/visits", by="unit", from_=day(-1), to=day(2)), 200)
        return {row["unit_id"] for row in figures["items"]}

    north, south = company.units["north"]["id"], company.units["south"]["id"]
    eventually(lambda: north in units("hq"), what="the visit in the marts")
    assert north in units("rep")
    assert north in units("manager")
    assert north not in units("sibling") | units("stranger") | units("manager2")
    assert units("stranger") <= {south}
    rows = made(company["stranger"].get("/analytics/visits/rows", account_id=account["id"]), 200)["items"]
    assert rows == []


def test_events_of_another_region_are_not_given(company: Company):
    theirs = set(ids_of(company, "north").values())
    seen: dict[str, set[str]] = {}
    for login in ("rep", "stranger"):
        seen[login] = {
            event["subject"]
            for topic in ("customer.unit", "customer.employee", "customer.account", "customer.contact", "visits.visit")
            for event in company[login].events(topic)
        }
    assert theirs <= seen["rep"]
    assert not theirs & seen["stranger"]


def test_what_is_out_of_scope_cannot_be_referred_to(company: Company):
    north, south = company.territories["north"], company.territories["south"]
    stranger = company["stranger"]

    def plan(account_id: str, *contacts: str) -> dict[str, Any]:
        return {"account_id": account_id, "planned_at": f"{day()}T10:00:00+08:00", "contact_ids": list(contacts)}

    problem = refused(stranger.post("/visits", plan(north.account["id"])), 422, "unknown_reference")
    assert violations(problem) == {("account_id", "unknown_reference")}
    problem = refused(stranger.post("/visits", plan(south.account["id"], north.contact["id"])), 422)
    assert violations(problem) == {("contact_ids[0]", "unknown_reference")}
    transfer = {
        "lot_id": company.lot["id"],
        "from_location_id": south.location_id,
        "to_location_id": north.location_id,
        "quantity": 1,
    }
    problem = refused(company["manager2"].post("/stock/transfers", transfer), 422, "unknown_reference")
    assert violations(problem) == {("to_location_id", "unknown_reference")}
    assert company.on_hand("stranger", company.lot) == {south.location_id: 50}


def test_a_hospital_that_is_registered_out_of_scope_is_found_in_the_directory_without_its_data(company: Company):
    account = company.territories["north"].account
    door: Door = company["stranger"]
    (found,) = made(door.get("/directory/accounts", q=account["name"]), 200)["items"]
    assert found["id"] == account["id"]
    assert not found.keys() & {
        "location",
        "departments",
        "unit_id",
        "unit_path",
        "stage",
        "telephone",
        "address",
        "beds",
    }
