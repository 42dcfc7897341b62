"""Bodies must fit the published schema exactly."""

from typing import Any

import pytest

from tests.chassis.http.conftest import Client
from tests.chassis.http.notes_service import EverythingBody

URL = "/api/v1/notes/everything"


async def violations(client: Client, body: dict[str, Any]) -> list[tuple[str | None, str]]:
    answer = await client.post(URL, json=body)
    assert answer.status_code == 400, answer.text
    return [(violation["field"], violation["code"]) for violation in answer.json()["violations"]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("count", True, "int_type"),
        ("count", "3", "int_type"),
        ("count", 3.5, "int_type"),
        ("count", 1e300, "int_type"),
        ("count", 2**53, "integer_too_large"),
        ("count", 10**30, "integer_too_large"),
        ("ratio", "1.5", "float_type"),
        ("flag", 1, "bool_type"),
        ("flag", "yes", "bool_type"),
        ("text", 5, "string_type"),
        ("text", {"$gt": ""}, "string_type"),
        ("text", "a\x00b", "control_characters"),
        ("text", "a\x1bb", "control_characters"),
        ("text", "x" * 4001, "string_too_long"),
        ("on", "2026-02-30", "date_from_datetime_parsing"),
        ("on", "0001-01-01", "date_out_of_range"),
        ("on", "9999-12-31", "date_out_of_range"),
        ("on", 1700000000, "date_type"),
        ("at", "2026-03-01T09:00:00", "offset_missing"),
        ("at", "9999-12-31T23:59:59-12:00", "date_out_of_range"),
        ("at", 1700000000, "datetime_type"),
        ("stage", "unheard-of", "enum"),
        ("parts", [{"name": "a"}] * 4, "too_long"),
        ("parts", {"name": "a"}, "list_type"),
    ],
)
async def test_a_value_that_does_not_fit_is_named(client: Client, field: str, value: object, code: str):
    found = await violations(client, {field: value})
    assert [place for place, _ in found] == [field]
    assert found[0][1] in (code, "date_parsing"), found


async def test_all_violations_come_in_one_answer(client: Client):
    body = {
        "count": True,
        "colour": "red",
        "parts": [{"name": "a"}, {"name": " "}, {"nam": "b"}],
        "location": {"lat": 91},
    }
    assert set(await violations(client, body)) == {
        ("count", "int_type"),
        ("colour", "unknown_field"),
        ("parts[1].name", "string_too_short"),
        ("parts[2].name", "required"),
        ("parts[2].nam", "unknown_field"),
        ("location.lat", "less_than_equal"),
        ("location.lon", "required"),
    }


async def test_strings_lose_surrounding_blanks_and_keep_line_breaks(client: Client):
    answer = await client.post(URL, json={"text": "  one\ntwo\t "})
    assert answer.json() == {"text": "one\ntwo"}


async def test_an_integer_may_be_written_with_a_point(client: Client):
    answer = await client.post(URL, json={"count": 3.0, "ratio": 2.0, "on": "2026-03-01"})
    assert answer.json() == {"count": 3, "ratio": 2.0, "on": "2026-03-01"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_numbers_are_finite(client: Client, value: str):
    answer = await client.post(URL, content=f'{{"ratio": {value}}}', headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("content", ["{", "", "nul", '{"text": "a",}', "\x00", "[" * 5000, '{"text": "\\ud800"}'])
async def test_what_is_no_json_is_refused(client: Client, content: str):
    answer = await client.post(URL, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == ("malformed_json" if content else "invalid_request")


@pytest.mark.parametrize("content", ["[]", "3", '"text"', "null"])
async def test_json_that_is_no_object_is_refused(client: Client, content: str):
    answer = await client.post(URL, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_bytes_that_are_no_utf8_are_refused(client: Client):
    answer = await client.post(URL, content=b'{"text": "\xff"}', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_other_media_types_are_refused(client: Client, media_type: str):
    answer = await client.post(URL, content=b'{"text": "a"}', headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_compressed_body_is_refused(client: Client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await client.post(URL, content=b'{"text": "a"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_charset_does_not_matter(client: Client):
    answer = await client.post(
        URL, content=b'{"text": "a"}', headers={"content-type": "application/json; charset=utf-8"}
    )
    assert answer.status_code == 200


def test_only_what_was_sent_goes_on_to_the_command():
    body = EverythingBody.model_validate_json('{"count": 3, "location": {"lat": 1, "lon": 2}}', strict=True)
    assert body.fields() == {"count": 3, "location": {"lat": 1.0, "lon": 2.0}}


def test_the_limits_are_published():
    text = EverythingBody.model_json_schema()["properties"]["text"]["anyOf"][0]
    assert text["maxLength"] == 4000
    assert "pattern" in text
