"""Tokens that are forged, tampered with, out of time or meant for somebody else open no door, neither front nor back."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from chassis.principal import Principal
from chassis.tokens import Mint
from contracts.roles import Role

from tests.security.forging import claims_of, expired, forgeries, jwt_type, signed
from tests.system.company import Company
from tests.system.door import API, Door, made, refused
from tests.system.installation import SERVICES

pytestmark = [pytest.mark.system, pytest.mark.stack]

ADDRESSES = ("/me", "/accounts", "/visits", "/stock", "/analytics/freshness", "/accounts/acc_1/360", "/feed", "/events")
"""Of the gateway: its own routes, forwarded ones to every service, a composed read, a stream."""
BEHIND = {"customer": "/accounts", "visits": "/visits", "promotion": "/stock", "analytics": "/analytics/freshness"}


@pytest.fixture(scope="module")
def knock() -> Iterator[Callable[..., httpx2.Response]]:
    """A request with an Authorization header of choice, at an address of choice; only refusals are read to their end."""
    with httpx2.Client(timeout=20) as client:

        def ask(url: str, path: str, authorization: str | None, method: str = "GET") -> httpx2.Response:
            headers = [] if authorization is None else [(b"authorization", authorization.encode())]
            with client.stream(method, url + API + path, headers=headers) as answer:
                if answer.status_code >= 400:
                    answer.read()
                return answer

        yield ask


Knock = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def session(company: Company) -> Door:
    """A session of this module's own."""
    return Door.open(company.installation.url, "rep", company.password)


def refused_with_challenge(answer: httpx2.Response, code: str) -> None:
    problem = refused(answer, 401, code)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem["violations"] == []
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_gateway_takes_no_forged_token(company: Company, session: Door, knock: Knock, path: str):
    house, token = company.installation, session.token
    assert token is not None
    key = house.key("access")
    signature = token.split(".")[2]
    wrong = forgeries(token, key, {"internal tokens": house.key("internal")}) | {
        "typed as another kind": signed(claims_of(token), key, typ="JWT"),
        "not typed": signed(claims_of(token), key),
        "a session that is none": signed(claims_of(token) | {"sid": {"$ne": None}}, key, typ=jwt_type(token)),
        "a signature of another token": f"{company['admin'].token.rpartition('.')[0]}.{signature}",  # type: ignore
    }
    for what, forged in wrong.items():
        answer = knock(house.url, path, f"Bearer {forged}")
        assert answer.status_code == 401, what
        refused_with_challenge(answer, "invalid_token")
    refused_with_challenge(knock(house.url, path, f"Bearer {expired(token, key)}"), "token_expired")
    refused_with_challenge(knock(house.url, path, None), "unauthenticated")
    for header in ("", "Bearer", "Basic cmVwOng=", f"Token {token}", token, f"Bearer {token} {token}"):
        refused_with_challenge(knock(house.url, path, header), "invalid_token")


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_well_made_token_without_a_session_of_its_employee_is_good_for_nothing(
    company: Company, session: Door, knock: Knock, path: str
):
    house, token = company.installation, session.token
    assert token is not None
    key, claims, typ = house.key("access"), claims_of(token), jwt_type(token)
    admin = claims_of(company["admin"].token or "")
    for other in ({"sid": "ses_0absent"}, {"sub": admin["sub"]}, {"sub": "emp_0absent"}, {"sid": admin["sid"]}):
        refused_with_challenge(
            knock(house.url, path, f"Bearer {signed(claims | other, key, typ=typ)}"), "session_ended"
        )


def test_a_token_is_good_for_nothing_once_its_session_has_ended(company: Company, knock: Knock):
    door = Door.open(company.installation.url, "rep", company.password)
    assert made(door.get("/me"), 200)["username"] == "rep"
    assert door.post("/auth/logout").status_code == 204
    for path in ADDRESSES:
        refused_with_challenge(knock(company.installation.url, path, f"Bearer {door.token}"), "session_ended")


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(company: Company, knock: Knock):
    door = Door(company["rep"].client)
    body = {"username": "rep", "password": company.password}
    tokens = made(door.post("/auth/token", body), 200)
    refused_with_challenge(knock(company.installation.url, "/me", f"Bearer {tokens['refresh_token']}"), "invalid_token")
    for other in (tokens["access_token"], tokens["refresh_token"][:-2], tokens["refresh_token"] + "A"):
        refused(door.post("/auth/refresh", {"refresh_token": other[:500]}), 401, "invalid_token")
    made(door.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}), 200)


def an_internal_token(company: Company, audience: str, **more: Any) -> str:
    """A token as the gateway makes it for the representative."""
    path = company.units["north"]["path"]
    facts: dict[str, Any] = {
        "subject": company.employees["rep"]["id"],
        "employee_id": company.employees["rep"]["id"],
        "username": "rep",
        "roles": frozenset({Role.REP}),
        "unit_id": company.units["north"]["id"],
        "unit_path": path,
        "paths": (path,),
    }
    return Mint(company.installation.key("internal")).mint(Principal(**facts | more), audience)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_takes_no_forged_token(company: Company, knock: Knock, service: str):
    house = company.installation
    url, path, key = house.url_of(service), BEHIND[service], house.key("internal")
    good = an_internal_token(company, service)
    assert knock(url, path, f"Bearer {good}").status_code == 200
    claims, typ = claims_of(good), jwt_type(good)
    wrong = forgeries(good, key, {"access tokens": house.key("access")}) | {
        "expired": expired(good, key),
        "the system": signed(claims | {"sub": "system:loader"}, key, typ=typ),
        "roles that are none": signed(claims | {"roles": ["emperor"]}, key, typ=typ),
        "one role as text": signed(claims | {"roles": "admin"}, key, typ=typ),
        "paths that are none": signed(claims | {"paths": "/"}, key, typ=typ),
        "an operator among the paths": signed(claims | {"paths": [{"$ne": ""}]}, key, typ=typ),
    }
    wrong |= {
        f"for {other}": an_internal_token(company, other)
        for other in (*SERVICES, "gateway", "terrain")
        if other != service
    }
    for what, forged in wrong.items():
        answer = knock(url, path, f"Bearer {forged}")
        assert answer.status_code == 401, what
        refused_with_challenge(answer, "unauthenticated")
    for header in (None, "", "Bearer", "Basic cmVwOng=", f"Token {good}", good, f"Bearer {good} {good}"):
        refused_with_challenge(knock(url, path, header), "unauthenticated")


@pytest.mark.parametrize("service", SERVICES)
def test_users_tokens_open_no_operation_of_a_service(company: Company, knock: Knock, service: str):
    url = company.installation.url_of(service)
    for method, path in operations_of(url):
        for login in ("rep", "admin"):
            refused_with_challenge(knock(url, path, f"Bearer {company[login].token}", method), "unauthenticated")
        refused_with_challenge(knock(url, path, None, method), "unauthenticated")


def test_internal_tokens_open_no_operation_of_the_gateway(company: Company, knock: Knock):
    house = company.installation
    tokens = [an_internal_token(company, name) for name in (*SERVICES, "gateway", "terrain")]
    for method, path in operations_of(house.url):
        for token in tokens:
            refused_with_challenge(knock(house.url, path, f"Bearer {token}", method), "invalid_token")


def test_what_a_client_says_about_itself_in_other_headers_is_not_believed(company: Company):
    stranger, account = company["stranger"], company.territories["north"].account
    internal = an_internal_token(company, "customer", roles=frozenset({Role.ADMIN}), paths=("/",))
    lies = {
        "x-forwarded-user": "admin",
        "x-employee-id": company.employees["rep"]["id"],
        "x-principal": "admin",
        "x-internal-token": internal,
        "proxy-authorization": f"Bearer {internal}",
        "cookie": f"authorization=Bearer {internal}",
        "connection": "authorization",
        "x-original-url": "/api/v1/me",
        "x-http-method-override": "DELETE",
    }
    for name, value in lies.items():
        refused(stranger.request("GET", f"/accounts/{account['id']}", headers={name: value}), 404, "not_found")
    twice = [("authorization", f"Bearer {stranger.token}"), ("authorization", f"Bearer {internal}")]
    for pairs in (twice, twice[::-1]):
        answer = stranger.client.request("GET", f"/accounts/{account['id']}", headers=pairs)
        assert answer.status_code in (401, 404), answer.text


def operations_of(url: str) -> list[tuple[str, str]]:
    """Method and address of every operation that needs a token."""
    paths = httpx2.get(url + "/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "absent", path.removeprefix(API)))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation["x-permission"] != "public"
    ]
