"""Every refusal and every failure has the one shape of RFC 9457."""

from typing import Any

import pytest
from chassis.command import Command
from chassis.http import Answer, Permission, Router
from chassis.http.problems import json_path, problem_of
from chassis.refusals import RuleBroken, Violation
from pydantic import BaseModel
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from tests.chassis.http.conftest import Client, application_of


class Tiny(Command):
    number: int


class Inner(BaseModel):
    number: int


def failing(failure: Exception) -> Router:
    router = Router(prefix="/fail")

    @router.get("", permission=Permission.ACCOUNTS_READ)
    async def fail() -> Answer:
        raise failure

    return router


async def answer_to(failure: Exception) -> Any:
    async with application_of(failing(failure)) as client:
        return await client.get("/api/v1/fail")


async def test_a_refusal_shows_its_code_its_facts_and_the_request(client: Client):
    answer = await client.get("/api/v1/notes/locked/note", headers={"x-request-id": "r-1"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.json() == {
        "type": "urn:terrain:problem:note_locked",
        "title": "The note is locked",
        "status": 409,
        "code": "note_locked",
        "detail": "The note is locked: note_id nte_1",
        "violations": [],
        "request_id": "r-1",
        "note_id": "nte_1",
    }


async def test_every_violation_of_a_rule_is_shown():
    violations = [Violation("a_rule", "one", "on"), Violation("b_rule", "two", "parts[0].name")]
    answer = await answer_to(RuleBroken(code="a_rule", violations=violations))
    assert answer.status_code == 422
    assert answer.json()["violations"] == [
        {"field": "on", "code": "a_rule", "detail": "one"},
        {"field": "parts[0].name", "code": "b_rule", "detail": "two"},
    ]


@pytest.mark.parametrize(
    "failure",
    [
        ServerSelectionTimeoutError("mongodb://user:secret@10.0.0.1"),
        AutoReconnect("10.0.0.1 reset"),
        OperationFailure("primary stepped down", 189),
    ],
)
async def test_an_absent_database_is_503_and_gives_nothing_away(failure: Exception):
    answer = await answer_to(failure)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert "10.0.0.1" not in answer.text


async def test_an_unexpected_failure_is_500_and_gives_nothing_away():
    answer = await answer_to(KeyError("secret thing"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


async def test_a_late_answer_is_504():
    answer = await answer_to(TimeoutError())
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")
    assert "retry-after" in answer.headers


async def test_a_command_that_does_not_validate_is_the_callers_fault():
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Tiny(number="x")  # type: ignore[arg-type]
    answer = problem_of(caught.value)
    assert (answer.status_code, b'"field":"number"' in answer.body) == (400, True)


async def test_any_other_model_that_does_not_validate_is_ours():
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Inner(number="x")  # type: ignore[arg-type]
    assert problem_of(caught.value).status_code == 500


async def test_an_unknown_path_is_404_and_a_wrong_method_405(client: Client):
    absent = await client.get("/api/v1/nothing")
    assert (absent.status_code, absent.json()["code"]) == (404, "not_found")
    wrong = await client.delete("/api/v1/notes/nte_1")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["allow"].replace(" ", "").split(",")) == {"GET", "PUT"}


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (("departments", 0, "name"), "departments[0].name"),
        (("on",), "on"),
        ((0, "a"), "[0].a"),
        ((), None),
    ],
)
def test_the_place_of_a_violation_is_a_json_path(place: tuple[str | int, ...], path: str | None):
    assert json_path(place) == path
