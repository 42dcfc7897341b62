"""The gateway as one person uses it."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import httpx2

API = "/api/v1"


@dataclass
class Door:
    """Requests below `/api/v1` with one person's token; answers are given back whatever their status."""

    client: httpx2.Client
    username: str = ""
    token: str | None = None

    @classmethod
    def open(cls, url: str, username: str, password: str) -> "Door":
        """Sign in."""
        door = cls(httpx2.Client(base_url=url + API, timeout=40), username)
        tokens = made(door.post("/auth/token", {"username": username, "password": password}), 200)
        door.token = tokens["access_token"]
        return door

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx2.Response:
        """Any request; `raw` is sent as it is, `body` as JSON."""
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        content = raw
        if raw is None and body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
        if content is not None:
            sent["content-type"] = "application/json"
        return self.client.request(method, path, content=content, headers=sent | (headers or {}), params=params)

    def get(self, path: str, **params: Any) -> httpx2.Response:
        """Read; an underscore behind a parameter's name (`from_`) is left out."""
        return self.request("GET", path, params={name.rstrip("_"): value for name, value in params.items()})

    def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Write; `if_match='"1"'` becomes the header `If-Match`."""
        return self.request("POST", path, body, headers=_named(headers))

    def put(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        """Replace."""
        return self.request("PUT", path, body, headers=_named(headers))

    def patch(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        """Correct."""
        return self.request("PATCH", path, body, headers=_named(headers))

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        page = made(self.get(path, **{"limit": 200, **params}), 200)
        while True:
            items += page["items"]
            if page["next"] is None:
                return items
            page = made(self.get(path, **{"limit": 200, **params}, cursor=page["next"]), 200)

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Every event of a topic that this person may see, page by page."""
        items: list[dict[str, Any]] = []
        page = made(self.get("/events", topic=topic, limit=500), 200)
        while True:
            items += page["items"]
            if page["next"] is None:
                return items
            page = made(self.get("/events", topic=topic, limit=500, after=page["next"]), 200)

    def ids(self, path: str, **params: Any) -> set[str]:
        """The ids of every item of a list."""
        return {item["id"] for item in self.all(path, **params)}


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def made(answer: httpx2.Response, status: int = 201) -> Any:
    """The content of an answer that must have that status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {told(answer)}"
    return answer.json() if answer.content else None


def refused(answer: httpx2.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem of an answer that must be a refusal with that status and code, in the published shape."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {told(answer)}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "code", "detail", "violations", "request_id"}
    assert problem["status"] == status
    assert problem["type"] == f"urn:terrain:problem:{problem['code']}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    if code is not None:
        assert problem["code"] == code, problem
    return problem


def violations(problem: dict[str, Any]) -> set[tuple[str | None, str]]:
    """What is wrong, as (field, code)."""
    return {(one["field"], one["code"]) for one in problem["violations"]}


def told(answer: httpx2.Response) -> str:
    """Status and beginning of an answer."""
    return f"{answer.status_code} {answer.text[:600]}"


def a_key() -> str:
    """A fresh Idempotency-Key."""
    return secrets.token_urlsafe(16)
