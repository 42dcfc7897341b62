"""Bad input on every write route: the exact status, everything that is wrong in one answer, and nothing stored."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.system.company import Company, day, now
from tests.system.door import Door, refused, violations
from tests.system.unchanged import nothing_stored, settle
from tests.system.writes import WRITES, Write, leaves, path_of, with_value

pytestmark = [pytest.mark.system, pytest.mark.stack]

every_write = pytest.mark.parametrize("write", WRITES, ids=str)

DATES = {
    "on",
    "valid_from",
    "valid_to",
    "expires_on",
    "due_on",
    "period_from",
    "period_to",
    "effective_on",
    "opened_on",
}
INSTANTS = {"at", "planned_at"}


@pytest.fixture(scope="module", autouse=True)
def _settled(company: Company) -> None:
    settle(company)


@pytest.fixture(autouse=True)
def _nothing_stored(company: Company, _settled: None, request: pytest.FixtureRequest) -> Iterator[None]:
    if "stores" in request.keywords:
        yield
        return
    with nothing_stored(company):
        yield


def send(company: Company, write: Write, body: Any = None, **more: Any) -> httpx2.Response:
    """The request, by somebody who may, with a version that a body that fits would be judged by."""
    door = company[write.login] if write.login else Door(company["rep"].client)
    headers = more.pop("headers", {}) | ({"if-match": '"1"'} if write.if_match else {})
    return door.request(write.method, write.address(company), body, headers=headers, **more)


def test_every_write_of_the_published_interface_stands_in_the_table(company: Company):
    published = httpx2.get(company.installation.url + "/openapi.json").json()["paths"]
    found = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in published.items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert found == {str(write) for write in WRITES}


@every_write
def test_what_is_no_json_is_malformed(company: Company, write: Write):
    texts = (b"{", b"nonsense", b'{"a": }', b'{"a": "\xff\xfe"}', b"[" * 100_000, b'{"a": 1} {}', b" ")
    for raw in texts:
        refused(send(company, write, raw=raw), 400, "malformed_json")
    refused(send(company, write, raw=b'{"a": NaN}'), 400)


@every_write
def test_json_of_another_shape_does_not_fit(company: Company, write: Write):
    for raw in (b"[]", b'"x"', b"7", b"true", b"[{}]"):
        refused(send(company, write, raw=raw), 400, "invalid_request")


@every_write
def test_unknown_fields_are_named_at_every_depth(company: Company, write: Write):
    body = write.body(company)
    unknown = {"surprise": 1, "$where": "1", "_id": "x", "version": 9, "visible": []}
    wrong = unknown | body
    expected = {(name, "unknown_field") for name in unknown.keys() - body.keys()}
    for name, value in body.items():
        if isinstance(value, dict):
            wrong[name] = {**value, "surprise": 1}
            expected.add((f"{name}.surprise", "unknown_field"))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            wrong[name] = [{**value[0], "surprise": 1}]
            expected.add((f"{name}[0].surprise", "unknown_field"))
    assert violations(refused(send(company, write, wrong), 400, "invalid_request")) == expected


@every_write
@pytest.mark.parametrize("operator", [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}], ids=str)
def test_operators_are_no_values(company: Company, write: Write, operator: dict[str, Any]):
    body = write.body(company)
    places = [place for place, _ in leaves(body)]
    wrong = body
    for place in places:
        wrong = with_value(wrong, place, operator)
    problem = refused(send(company, write, wrong), 400, "invalid_request")
    named = {field for field, _ in violations(problem)}
    missing = {path_of(place) for place in places} - {_stem(field, places) for field in named if field}
    assert not missing, problem


@every_write
def test_values_of_another_type_are_all_named(company: Company, write: Write):
    body = write.body(company)
    wrong, expected = body, set[str]()
    for place, value in leaves(body):
        for other in (["x"], 12.5 if isinstance(value, str) else "12", not value if isinstance(value, str) else "true"):
            named = {
                field for field, _ in violations(refused(send(company, write, with_value(body, place, other)), 400))
            }
            assert path_of(place) in {_stem(field, [place]) for field in named if field}, (place, other, named)
        wrong = with_value(wrong, place, ["x"])
        expected.add(path_of(place))
    named = {field for field, _ in violations(refused(send(company, write, wrong), 400))}
    assert expected <= {_stem(field, [place for place, _ in leaves(body)]) for field in named if field}


@every_write
def test_text_that_cannot_be_stored_is_refused(company: Company, write: Write):
    body = write.body(company)
    for place, value in leaves(body):
        if not isinstance(value, str):
            continue
        for odd in ("x\u0000y", "x" * 5_000, "\u001b[31m"):
            problem = refused(send(company, write, with_value(body, place, odd)), 400)
            assert path_of(place) in {field for field, _ in violations(problem)}, (place, odd[:9])
        raw = json.dumps(with_value(body, place, "LONE")).replace("LONE", "\\ud800").encode()
        refused(send(company, write, raw=raw), 400)


@every_write
def test_absurd_dates_are_refused(company: Company, write: Write):
    body = write.body(company)
    dates = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "20260101", "tomorrow", "", 0, -1)
    clock = ("T10:00:00Z", "T10:00:00+08:00")
    for place, _ in leaves(body):
        if place[-1] in DATES:
            absurd = [*dates, now()]
        elif place[-1] in INSTANTS:
            absurd = [f"{date}{clock[number % 2]}" for number, date in enumerate(dates)] + [
                day(),
                "2026-03-01T10:00:00",
            ]
        else:
            continue
        for value in absurd:
            problem = refused(send(company, write, with_value(body, place, value)), 400)
            assert path_of(place) in {field for field, _ in violations(problem)}, (place, value, problem)


@every_write
def test_numbers_out_of_all_measure_are_refused(company: Company, write: Write):
    body = write.body(company)
    for place, value in leaves(body):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        for odd in (10**30, -(10**30), 2**53, -1_000_000):
            problem = refused(send(company, write, with_value(body, place, odd)), 400)
            assert path_of(place) in {field for field, _ in violations(problem)}, (place, odd)
        raw = json.dumps(with_value(body, place, 987654321)).replace("987654321", "1e999").encode()
        refused(send(company, write, raw=raw), 400)


@every_write
def test_a_body_is_needed_where_one_is_declared(company: Company, write: Write):
    if write.path.endswith(("/submission", "/logout")):
        pytest.skip("the body may be left out")
    refused(send(company, write), 400, "invalid_request")


@every_write
def test_oversized_bodies_are_refused(company: Company, write: Write):
    raw = b'{"name": "' + b"x" * (1024 * 1024) + b'"}'
    refused(send(company, write, raw=raw), 413, "body_too_large")

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    door = company[write.login] if write.login else Door(company["rep"].client)
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {door.token}"} if door.token else {})
    answer = door.client.request(write.method, write.address(company), content=chunks(), headers=headers)
    refused(answer, 413, "body_too_large")


@every_write
def test_other_media_types_are_not_read(company: Company, write: Write):
    raw = json.dumps(write.body(company)).encode()
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
    ):
        refused(send(company, write, raw=raw, headers={"content-type": kind}), 415, "unsupported_media_type")
    refused(send(company, write, raw=raw, headers={"content-encoding": "gzip"}), 415, "unsupported_media_type")


@every_write
def test_query_and_headers_are_judged_too_and_with_the_body(company: Company, write: Write):
    wrong = {**write.body(company), "surprise": 1}
    headers = {"idempotency-key": "blank blank"}
    answer = send(company, write, wrong, params={"surprise": "1"}, headers=headers)
    expected = {
        ("surprise", "unknown_field"),
        ("surprise", "unknown_parameter"),
        ("Idempotency-Key", "invalid_idempotency_key"),
    }
    assert violations(refused(answer, 400, "invalid_request")) == expected


def _stem(field: str, places: list[Any]) -> str:
    """The place that a violation is about; what stands below or above it speaks of the same value."""
    for place in places:
        path = path_of(place)
        if field == path or field.startswith((path + ".", path + "[")):
            return path
    return field
