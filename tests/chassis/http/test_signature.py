"""Path and query are judged together with the body."""

import pytest
from chassis.http import Answer, Body, Permission, Router
from chassis.http.signature import canonical

from tests.chassis.http.conftest import Client, application_of

ECHO = "/api/v1/notes/echo/5"


async def codes(client: Client, url: str) -> list[tuple[str | None, str]]:
    answer = await client.get(url)
    assert answer.status_code == 400, answer.text
    return [(violation["field"], violation["code"]) for violation in answer.json()["violations"]]


async def test_path_and_query_arrive_with_their_types(client: Client):
    answer = await client.get(ECHO, params={"on": "2026-03-01", "size": "7", "q": "王"})
    assert answer.json() == {"number": 5, "on": "2026-03-01", "size": 7, "q": "王"}


async def test_unknown_query_parameters_are_refused(client: Client):
    assert await codes(client, ECHO + "?colour=red&size=2") == [("colour", "unknown_parameter")]


async def test_all_of_path_and_query_is_judged_at_once(client: Client):
    found = await codes(client, "/api/v1/notes/echo/x?size=y&on=z&colour=red")
    assert {field for field, _ in found} == {"number", "size", "on", "colour"}


@pytest.mark.parametrize("query", ["q=a%00b", "size=99999999999999999999999", "on=0001-01-01"])
async def test_odd_values_in_the_query_are_refused(client: Client, query: str):
    await codes(client, f"{ECHO}?{query}")


@pytest.mark.parametrize(
    "query", ["on=0", "on=1700000000", "size=1_000", "size=5.0", "size=%205", "size=+5", "size=%2B5"]
)
async def test_values_are_not_guessed(client: Client, query: str):
    await codes(client, f"{ECHO}?{query}")


async def test_a_parameter_that_comes_twice_is_refused(client: Client):
    assert await codes(client, ECHO + "?size=1&size=2") == [("size", "repeated_parameter")]


async def test_an_odd_id_names_nothing(client: Client):
    assert (await client.post("/api/v1/notes/a%00b/wait")).status_code == 200


async def test_a_query_that_is_no_utf8_is_no_failure(client: Client):
    assert (await client.get(ECHO + "?q=%ff")).status_code == 200


async def test_a_body_and_a_query_are_judged_together():
    router = Router(prefix="/both")

    class Both(Body):
        count: int

    @router.post("", permission=Permission.ACCOUNTS_READ)
    async def both(body: Both, size: int = 1) -> Answer:
        return Answer(body.count + size)

    async with application_of(router) as client:
        answer = await client.post("/api/v1/both?size=x", json={"count": "y"})
    assert {violation["field"] for violation in answer.json()["violations"]} == {"count", "size"}


def test_blanks_and_the_order_of_keys_do_not_change_the_digest():
    assert canonical(b'{"a": 1, "b": [2]}') == canonical(b'{"b":[2],\n"a":1}')
    assert canonical(b'{"a": 1}') != canonical(b'{"a": 2}')


def test_a_route_that_depends_on_a_generator_is_refused_at_import():
    from typing import Annotated

    from fastapi import Depends

    def generator():
        yield 1

    router = Router()
    with pytest.raises(TypeError, match="generator"):

        @router.get("/x", permission=Permission.ACCOUNTS_READ)
        async def route(value: Annotated[int, Depends(generator)]) -> Answer:
            return Answer(value)
