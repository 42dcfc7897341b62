"""The published documents come from the service itself."""

import re
from typing import Any

from chassis.http.documents import page

from tests.chassis.http.conftest import Client


async def document(client: Client) -> Any:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_every_operation_names_its_permission_and_its_problems(client: Client):
    found = await document(client)
    operations = [operation for path in found["paths"].values() for operation in path.values()]
    assert len(operations) >= 8
    for operation in operations:
        assert operation["x-permission"]
        problem = operation["responses"]["default"]["content"]["application/problem+json"]
        assert problem == {"schema": {"$ref": "#/components/schemas/Problem"}}
    assert "Problem" in found["components"]["schemas"]
    assert "HTTPValidationError" not in found["components"]["schemas"]


async def test_every_operation_names_the_statuses_it_refuses_with(client: Client):
    paths = (await document(client))["paths"]

    def refusals(operation: dict[str, Any]) -> list[int]:
        """The statuses that are published with a problem as their content."""
        found = {status: answer for status, answer in operation["responses"].items() if status >= "4"}
        assert all("application/problem+json" in answer["content"] for answer in found.values())
        return [int(status) for status in found if status != "default"]

    always, signed_in, writes = {400, 429, 503, 504}, {401, 403}, {409, 412, 413, 415, 422}
    assert refusals(paths["/api/v1/notes"]["get"]) == sorted(always | signed_in)
    assert refusals(paths["/api/v1/notes/{note_id}"]["get"]) == sorted(always | signed_in | {404})
    assert refusals(paths["/api/v1/notes"]["post"]) == sorted(always | signed_in | writes)
    assert refusals(paths["/api/v1/notes/{note_id}"]["put"]) == sorted(always | signed_in | writes | {404, 428})
    assert refusals(paths["/api/v1/notes/public/note"]["get"]) == sorted(always)


async def test_only_public_operations_need_no_token(client: Client):
    paths = (await document(client))["paths"]
    assert paths["/api/v1/notes/public/note"]["get"]["security"] == []
    assert paths["/api/v1/notes"]["get"]["security"] == [{"internal": []}]


async def test_every_reference_leads_somewhere(client: Client):
    found = await document(client)
    for reference in set(
        re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', (await client.get("/openapi.json")).text)
    ):
        assert reference in found["components"]["schemas"], reference


async def test_operations_and_documents_are_not_part_of_the_api(client: Client):
    assert all(path.startswith("/api/v1/") for path in (await document(client))["paths"])


async def test_the_page_is_served_and_asks_nobody_else(client: Client):
    answer = await client.get("/docs")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.findall(r"(?:src|href)=|https?://|@import", page())


async def test_frameworks_own_pages_are_not_served(client: Client):
    assert (await client.get("/redoc")).status_code == 404


async def test_writes_publish_their_headers(client: Client):
    paths = (await document(client))["paths"]

    def headers(operation: dict[str, Any]) -> dict[str, bool]:
        return {p["name"]: p["required"] for p in operation.get("parameters", ()) if p["in"] == "header"}

    assert headers(paths["/api/v1/notes"]["post"]) == {"Idempotency-Key": False}
    assert headers(paths["/api/v1/notes/{note_id}"]["put"]) == {"Idempotency-Key": False, "If-Match": True}
    assert headers(paths["/api/v1/notes/{note_id}/wait"]["post"]) == {"Idempotency-Key": False, "If-Match": False}
    assert headers(paths["/api/v1/notes"]["get"]) == {}
