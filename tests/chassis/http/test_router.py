"""A route declares its permission; the token of the request decides."""

import time

import pytest
from chassis.http import Answer, Permission, Router
from chassis.principal import Principal
from chassis.testing import a_rep, a_steward
from chassis.testing.service import SIGNING_KEY, internal_token
from chassis.tokens import mint, new_signing_key

from tests.chassis.http.conftest import Client

NOTE = {"note_id": "nte_1", "text": "x"}


def test_a_route_without_a_permission_is_refused_at_import():
    router = Router(prefix="/bare")
    with pytest.raises(TypeError, match="declares no permission"):

        @router.get("")
        async def bare() -> Answer:
            return Answer()


def test_a_blocking_route_is_refused_at_import():
    router = Router(prefix="/blocking")
    with pytest.raises(TypeError, match="no async function"):

        @router.get("", permission=Permission.ACCOUNTS_READ)
        def blocking() -> Answer:
            return Answer()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwdw==",
        "Bearer nonsense",
        f"Bearer {internal_token(a_steward(), 'customer')}",
        f"Bearer {mint(new_signing_key(), a_steward(), 'notes')}",
        f"Bearer {mint(SIGNING_KEY, a_steward(), 'notes', now=time.time() - 120)}",
    ],
)
async def test_without_a_valid_token_nothing_is_answered(client: Client, header: str | None):
    client.headers.pop("authorization")
    headers = {} if header is None else {"authorization": header}
    answer = await client.get("/api/v1/notes/echo/x?unknown=1", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_role_without_the_permission_is_forbidden_before_the_body_is_judged(client: Client):
    token = internal_token(a_rep(), "notes")
    answer = await client.post("/api/v1/notes", content=b"{", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_principal_without_roles_may_do_nothing(client: Client):
    token = internal_token(Principal(subject="emp_x"), "notes")
    answer = await client.get("/api/v1/notes/echo/1", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def test_a_public_route_needs_no_token(client: Client):
    client.headers.pop("authorization")
    assert (await client.get("/api/v1/notes/public/note")).json() == {"open": True}


async def test_a_new_resource_has_a_version_and_an_address(client: Client):
    answer = await client.post("/api/v1/notes", json=NOTE)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/notes/nte_1"
    assert answer.headers["etag"] == '"1"'
    assert answer.json() == {"id": "nte_1", "text": "x", "version": 1}


async def test_the_callers_principal_is_the_one_of_the_token(client: Client):
    await client.post("/api/v1/notes", json=NOTE)
    assert client.works.terms["principal"] == a_steward()
