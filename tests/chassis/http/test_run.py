"""A use case runs on the terms of the request."""

import time

import pytest

from tests.chassis.http.conftest import Client

NOTES = "/api/v1/notes"


async def write(client: Client, **headers: str) -> dict[str, object]:
    answer = await client.post(NOTES, json={"note_id": "nte_1", "text": "x"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return client.works.terms


async def test_cause_and_deadline_go_along(client: Client):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    terms = await write(client, **{"x-request-id": "r-7", "traceparent": trace, "x-deadline-ms": "2000"})
    cause = terms["cause"]
    assert (cause.command, cause.request_id, cause.traceparent) == ("write_note", "r-7", trace)  # type: ignore[attr-defined]
    assert 0 < terms["deadline"] - time.monotonic() <= 2  # type: ignore[operator]


async def test_a_missing_or_broken_trace_starts_a_new_one(client: Client):
    terms = await write(client, traceparent="nonsense")
    assert len(terms["cause"].traceparent) == 55  # type: ignore[attr-defined]


async def test_without_a_key_nothing_is_remembered(client: Client):
    assert (await write(client))["idempotency"] is None


async def test_the_key_is_digested_together_with_principal_method_and_path(client: Client):
    first = (await write(client, **{"idempotency-key": "k"}))["idempotency"]
    await client.put(f"{NOTES}/nte_1", json={"text": "y"}, headers={"idempotency-key": "k", "if-match": '"1"'})
    second = client.works.terms["idempotency"]
    assert first.key != second.key  # type: ignore[attr-defined]
    assert len(first.key) == 64  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["a b", "ü".encode().decode("latin-1"), "x" * 256, ""])
async def test_a_malformed_key_is_refused(client: Client, key: str):
    answer = await client.post(
        NOTES, json={"note_id": "nte_1", "text": "x"}, headers={b"idempotency-key": key.encode("latin-1")}
    )
    assert (answer.status_code, answer.json()["violations"][0]["code"]) == (400, "invalid_idempotency_key")


async def test_a_repeated_answer_says_so(client: Client):
    client.works.replayed = True
    answer = await client.post(NOTES, json={"note_id": "nte_1", "text": "x"}, headers={"idempotency-key": "k"})
    assert answer.headers["idempotent-replayed"] == "true"


async def test_a_replacement_needs_the_version_it_replaces(client: Client):
    await write(client)
    answer = await client.put(f"{NOTES}/nte_1", json={"text": "y"})
    assert (answer.status_code, answer.json()["code"]) == (428, "match_required")


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', '"abc"', '""'])
async def test_another_version_is_stale(client: Client, tag: str):
    await write(client)
    answer = await client.put(f"{NOTES}/nte_1", json={"text": "y"}, headers={"if-match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")


@pytest.mark.parametrize("tag", ['"1"', "*"])
async def test_the_present_version_may_be_replaced(client: Client, tag: str):
    await write(client)
    answer = await client.put(f"{NOTES}/nte_1", json={"text": "y"}, headers={"if-match": tag})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize("tag", ["1", '"1', '"1", "2"', "", "W/1"])
async def test_a_malformed_tag_is_refused(client: Client, tag: str):
    await write(client)
    answer = await client.put(f"{NOTES}/nte_1", json={"text": "y"}, headers={"if-match": tag})
    assert (answer.status_code, answer.json()["violations"][0]["code"]) == (400, "invalid_if_match")


async def test_a_precondition_on_an_address_without_a_version_fails(client: Client):
    answer = await client.post(NOTES, json={"note_id": "nte_1", "text": "x"}, headers={"if-match": '"1"'})
    assert answer.status_code == 412


@pytest.mark.parametrize(
    ("header", "wait"),
    [(None, 0), ("wait=3", 3), ('respond-async, wait="2"', 2), ("wait=90", 30), ("wait=-1", 0), ("wait=soon", 0)],
)
async def test_the_caller_may_ask_to_wait(client: Client, header: str | None, wait: float):
    headers = {} if header is None else {"prefer": header}
    answer = await client.post(f"{NOTES}/nte_1/wait", headers=headers)
    assert answer.json()["wait"] == wait
    assert ("preference-applied" in answer.headers) == (wait > 0)
