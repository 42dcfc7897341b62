"""Writing twice, writing late, writing at the same time: Idempotency-Key, If-Match and Prefer through the gateway."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.system.company import Company, a_contact_body, an_account_body
from tests.system.door import a_key, made, refused

pytestmark = [pytest.mark.system, pytest.mark.stack]


def account_body(company: Company) -> dict[str, Any]:
    return an_account_body(company.units["north"]["id"])


def test_a_repeated_creation_has_one_effect_and_the_same_answer(company: Company):
    steward, key, body = company["steward"], a_key(), account_body(company)
    first = steward.post("/accounts", body, idempotency_key=key)
    second = steward.post("/accounts", body, idempotency_key=key)
    assert made(first) == made(second)
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert [second.headers[name] for name in ("etag", "location")] == [
        first.headers[name] for name in ("etag", "location")
    ]
    assert [item["id"] for item in steward.all("/accounts", q=body["name"])] == [first.json()["id"]]


def test_a_repetition_is_told_what_was_answered_then_not_what_is_now(company: Company):
    steward, key = company["steward"], a_key()
    account = company.an_account("north")
    stage = {"stage": "developing", "reason": "first call went well"}
    first = made(steward.post(f"/accounts/{account['id']}/stage", stage, idempotency_key=key), 200)
    made(steward.post(f"/accounts/{account['id']}/stage", {"stage": "active", "reason": "first order"}), 200)
    again = made(steward.post(f"/accounts/{account['id']}/stage", stage, idempotency_key=key), 200)
    assert again == first
    assert made(steward.get(f"/accounts/{account['id']}"), 200)["stage"] == "active"


def test_a_key_is_one_s_own_and_stands_for_one_body_only(company: Company):
    steward, key, body = company["steward"], a_key(), account_body(company)
    made(steward.post("/accounts", body, idempotency_key=key))
    refused(steward.post("/accounts", {**body, "beds": 7}, idempotency_key=key), 422, "idempotency_key_reused")
    # Blanks and the order of members do not make another body.
    raw = ("{ " + ", ".join(f'"{name}": {json.dumps(body[name])}' for name in reversed(body)) + " }").encode()
    again = steward.request("POST", "/accounts", raw=raw, headers={"idempotency-key": key})
    assert made(again)["name"] == body["name"]
    # The same key in another place, or from somebody else, is another key.
    contact = a_contact_body(again.json()["id"])
    made(steward.post("/contacts", contact, idempotency_key=key))
    product = {"name": "x", "line": "y", "manufacturer": "z", "own": False}
    made(company["hq"].post("/products", product, idempotency_key=key))


def test_a_refused_write_is_not_remembered(company: Company):
    rep, key = company["rep"], a_key()
    account, north = company.an_account("north"), company.territories["north"]
    visit = company.a_visit("rep", account, [])
    refused(rep.post(f"/visits/{visit['id']}/check-out", {"at": f"{visit['planned_at']}"}, idempotency_key=key), 409)
    fix = {"at": visit["planned_at"], **north.account["location"], "accuracy_m": 5}
    made(rep.post(f"/visits/{visit['id']}/check-in", fix), 200)
    made(rep.post(f"/visits/{visit['id']}/check-out", {"at": visit["planned_at"]}, idempotency_key=key), 200)


def test_fifty_twins_at_once_have_one_effect(company: Company):
    """Stock counts what happened: whatever the twins are answered, ten units come in once."""
    lot = company.a_lot(1)
    body = {"lot_id": lot["id"], "location_id": company.warehouse_id, "quantity": 10}
    key = a_key()
    with ThreadPoolExecutor(25) as crowd:
        answers = list(
            crowd.map(lambda _: company["warehouse"].post("/stock/receipts", body, idempotency_key=key), range(50))
        )
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}, statuses
    assert len({answer.json()["movement_id"] for answer in answers if answer.status_code == 201}) == 1
    assert company.on_hand("warehouse", lot) == {company.warehouse_id: 11}


def test_one_row_of_stock_is_never_oversold(company: Company):
    lot = company.a_lot(10)
    place = company.territories["north"].location_id
    body = {"lot_id": lot["id"], "from_location_id": company.warehouse_id, "to_location_id": place, "quantity": 1}
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda _: company["warehouse"].post("/stock/transfers", body), range(24)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 14
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_stock"}
    assert company.on_hand("warehouse", lot) == {company.warehouse_id: 0, place: 10}


def test_replacing_and_correcting_need_the_version_that_was_read(company: Company):
    steward = company["steward"]
    created = steward.post("/accounts", account_body(company))
    path, etag = f"/accounts/{made(created)['id']}", created.headers["etag"]
    assert etag == '"1"'
    refused(steward.patch(path, {"beds": 10}), 428, "match_required")
    refused(steward.patch(path, {"beds": 10}, if_match='"9"'), 412, "stale_version")
    refused(steward.patch(path, {"beds": 10}, if_match="W/" + etag), 412, "stale_version")
    refused(steward.patch(path, {"beds": 10}, if_match="nonsense"), 400)
    corrected = steward.patch(path, {"beds": 10}, if_match=etag)
    assert (made(corrected, 200)["beds"], corrected.headers["etag"]) == (10, '"2"')
    refused(steward.patch(path, {"beds": 20}, if_match=etag), 412, "stale_version")
    made(steward.patch(path, {"beds": 20}, if_match="*"), 200)


def test_an_action_checks_the_version_only_when_it_is_sent(company: Company):
    steward, account = company["steward"], company.an_account("north")
    path = f"/accounts/{account['id']}/stage"
    stage = {"stage": "developing", "reason": "first call"}
    refused(steward.post(path, stage, if_match='"7"'), 412, "stale_version")
    made(steward.post(path, stage), 200)
    made(steward.post(path, {"stage": "active", "reason": "first order"}, if_match='"2"'), 200)


def test_two_people_who_read_the_same_version_cannot_both_correct_it(company: Company):
    account = company.an_account("north")
    path, steward = f"/accounts/{account['id']}", company["steward"]
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda beds: steward.patch(path, {"beds": beds}, if_match='"1"'), range(1, 9)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert made(steward.get(path), 200) == winner
