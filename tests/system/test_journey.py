"""The first journey: a doctor changes hospital, visits are reported, stock moves, the head office sees it."""

from typing import Any

import pytest

from tests.system.company import Company, day
from tests.system.door import made, refused
from tests.system.installation import eventually

pytestmark = [pytest.mark.system, pytest.mark.stack]


def test_a_doctor_moves_to_a_hospital_of_another_region_and_the_representatives_change_places(company: Company):
    rep, stranger, steward = company["rep"], company["stranger"], company["steward"]
    here, there = company.an_account("north"), company.an_account("south")
    doctor = company.a_contact(here)
    assert rep.get(f"/contacts/{doctor['id']}").status_code == 200
    refused(stranger.get(f"/contacts/{doctor['id']}"), 404)

    # Every employee finds every hospital in the directory, and the doctor may go to any of them.
    (found,) = made(rep.get("/directory/accounts", q=there["name"]), 200)["items"]
    assert found["id"] == there["id"]
    move = {
        "to_account_id": there["id"],
        "to_department_id": there["departments"][0]["id"],
        "role": "head",
        "on": day(),
        "evidence": "told on the telephone",
    }
    moved = made(steward.post(f"/contacts/{doctor['id']}/moves", move))

    old, new = moved["affiliations"]
    assert (old["account_id"], old["valid_to"]) == (here["id"], day())
    assert (new["account_id"], new["valid_from"], new["role"], new["primary"]) == (there["id"], day(), "head", True)
    for path in (
        f"/contacts/{doctor['id']}",
        f"/contacts/{doctor['id']}/affiliations",
        f"/contacts/{doctor['id']}/history",
    ):
        refused(rep.get(path), 404)
        assert stranger.get(path).status_code == 200
    assert doctor["id"] not in rep.ids("/contacts")
    assert doctor["id"] in stranger.ids("/contacts", account_id=there["id"])

    # Both were told, and neither is told what happens afterwards beyond their own region.
    made(steward.patch(f"/contacts/{doctor['id']}", {"title": "教授"}, if_match=f'"{moved["version"]}"'), 200)

    def told(login: str) -> list[str]:
        events = company[login].events("customer.contact")
        return [event["type"] for event in events if event["subject"] == doctor["id"]]

    created, went, corrected = (
        "customer.contact-created.v1",
        "customer.contact-moved.v1",
        "customer.contact-corrected.v1",
    )
    eventually(lambda: corrected in told("stranger"), what="the correction")
    assert told("rep") == [created, went]
    assert told("stranger") == [went, corrected]


def test_where_a_doctor_worked_can_be_asked_for_any_date_and_any_state_of_knowledge(company: Company):
    steward = company["steward"]
    here, there = company.an_account("north"), company.an_account("south")
    doctor = company.a_contact(here)
    move = {"to_account_id": there["id"], "role": "head", "on": day(-30)}
    moved = made(steward.post(f"/contacts/{doctor['id']}/moves", move))

    def at(**when: str) -> list[str]:
        shown = made(steward.get(f"/contacts/{doctor['id']}/affiliations", **when), 200)["items"]
        return [one["account_id"] for one in shown]

    assert at(as_of=day(-31)) == [here["id"]]
    assert at(as_of=day(-30)) == [there["id"]]
    assert at(as_of=day(-30), known_at=doctor["recorded_at"]) == [here["id"]]
    assert at(as_of=day(-30), known_at=moved["recorded_at"]) == [there["id"]]
    refused(steward.get(f"/contacts/{doctor['id']}", known_at="2100-01-01T00:00:00Z"), 400)


def test_a_visit_is_reported_the_stock_moves_and_head_office_sees_it(company: Company):
    rep, place = company["rep"], company.territories["north"].location_id
    account = company.an_account("north")
    doctor = company.a_contact(account)
    lot = company.a_lot(40)
    company.hand_out(lot, "north", 10)
    assert company.on_hand("rep", lot) == {place: 10}

    visit, etag = company.a_visit_that_ended("rep", account, [doctor])
    reported = rep.put(f"/visits/{visit['id']}/report", company.a_report(doctor, quantity=3, lot=lot), if_match=etag)
    assert made(reported, 200)["state"] == "checked_out"
    submitted = rep.post(f"/visits/{visit['id']}/submission", prefer="wait=20")
    assert submitted.headers["preference-applied"] == "wait=20"
    assert made(submitted, 200)["state"] == "confirmed"

    assert company.on_hand("rep", lot)[place] == 7
    everywhere = {row["location_id"]: row["on_hand"] for row in company["hq"].all("/stock", lot_id=lot["id"])}
    (customer,) = [item["id"] for item in rep.all("/locations", account_id=account["id"])]
    assert everywhere == {company.warehouse_id: 30, place: 7, customer: 3}
    supplier = company["hq"].all("/locations", kind="supplier")[0]["id"]
    (delivered,) = company["hq"].all("/stock", lot_id=lot["id"], location_id=supplier)
    assert delivered["on_hand"] == -40  # every unit of the lot is somewhere: the sum is zero
    custody = made(company["hq"].get("/stock/movements", lot_id=lot["id"]), 200)["items"]
    assert [(one["kind"], one["quantity"]) for one in custody] == [
        ("receipt", 40),
        ("transfer", 10),
        ("disbursement", 3),
    ]
    assert (custody[-1]["visit_id"], custody[-1]["contact_id"]) == (visit["id"], doctor["id"])

    def seen() -> dict[str, Any] | None:
        rows = made(company["hq"].get("/analytics/visits", by="account", from_=day(-1), to=day(2)), 200)["items"]
        return next((row for row in rows if row["account_id"] == account["id"]), None)

    row = eventually(seen, what="the visit in the marts")
    assert (row["visits"], row["contacts_reached"], row["materials_dropped"]) == (1, 1, 3)
    whole = made(company["hq"].get("/analytics/visits", by="unit,month,product", from_=day(-1), to=day(2)), 200)
    mine = [one for one in whole["items"] if one["unit_id"] == company.units["north"]["id"]]
    assert {one["product_id"] for one in mine} >= {company.product["id"]}
    assert all({"visits", "contacts_reached", "materials_dropped", "month"} <= one.keys() for one in mine)
    behind = made(company["hq"].get("/analytics/visits/rows", account_id=account["id"]), 200)["items"]
    assert [one["visit_id"] for one in behind] == [visit["id"]]


def test_a_visit_whose_stock_does_not_suffice_comes_back_with_all_reasons_and_can_be_submitted_again(company: Company):
    rep, place = company["rep"], company.territories["north"].location_id
    account = company.an_account("north")
    doctor = company.a_contact(account)
    scarce, missing = company.a_lot(10), company.a_lot(10)
    company.hand_out(scarce, "north", 2)

    visit, etag = company.a_visit_that_ended("rep", account, [doctor])
    report = company.a_report(doctor, quantity=3, lot=scarce)
    report["materials"] += company.a_report(doctor, quantity=1, lot=missing)["materials"]
    made(rep.put(f"/visits/{visit['id']}/report", report, if_match=etag), 200)
    answer = rep.post(f"/visits/{visit['id']}/submission", prefer="wait=20")
    returned = made(answer, 200)
    assert (returned["state"], returned["attempt"]) == ("returned", 1)
    assert [(one["line"], one["code"]) for one in returned["return_reasons"]] == [
        (0, "insufficient_stock"),
        (1, "insufficient_stock"),
    ]
    assert company.on_hand("rep", scarce) == {place: 2}
    assert not company["hq"].all("/locations", account_id=account["id"])

    less = company.a_report(doctor, quantity=2, lot=scarce)
    again = rep.put(f"/visits/{visit['id']}/report", less, if_match=answer.headers["etag"])
    made(again, 200)
    confirmed = made(rep.post(f"/visits/{visit['id']}/submission", prefer="wait=20"), 200)
    assert (confirmed["state"], confirmed["attempt"]) == ("confirmed", 2)
    assert company.on_hand("rep", scarce)[place] == 0
    told = made(rep.get(f"/visits/{visit['id']}/history"), 200)["items"]
    states = [one["after"]["state"] for one in told if "state" in one["changed"]]
    assert states == ["planned", "checked_in", "checked_out", "submitted", "returned", "submitted", "confirmed"]


def test_without_waiting_a_submission_is_accepted_and_decided_later(company: Company):
    rep, account = company["rep"], company.an_account("north")
    doctor = company.a_contact(account)
    visit, etag = company.a_visit_that_ended("rep", account, [doctor])
    report = company.a_report(doctor, quantity=1) | {"materials": []}
    made(rep.put(f"/visits/{visit['id']}/report", report, if_match=etag), 200)

    accepted = rep.post(f"/visits/{visit['id']}/submission")

    assert made(accepted, 202)["state"] == "submitted"
    assert accepted.headers["location"] == f"/api/v1/visits/{visit['id']}"
    assert "preference-applied" not in accepted.headers
    decided = eventually(
        lambda: next((v for v in [rep.get(f"/visits/{visit['id']}").json()] if v["state"] != "submitted"), None)
    )
    assert decided["state"] == "confirmed"
