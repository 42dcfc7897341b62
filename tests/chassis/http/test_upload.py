"""A multipart body is stored while it arrives; its limits are exact and all that is wrong is said at once."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from chassis.files import CHUNKS, FILES, keep_file
from chassis.http import Answer, Body, Form, Permission, Router, Upload
from chassis.http.upload import SLACK_BYTES
from chassis.media_types import CSV
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.store import MongoStore
from chassis.testing import a_rep, a_steward
from chassis.testing.service import ServiceClient, as_principal, running
from contracts.values import Stage
from pydantic import Field

pytestmark = pytest.mark.stack

MAX = 3 * 1024 * 1024
PATH = "/api/v1/boxes/box_1/files"


class Options(Body):
    stage: Stage
    count: int = Field(default=1, ge=1)


class Fields(Body):
    options: Options
    title: str | None = None


router = Router(prefix="/boxes")


@router.post(
    "/{box_id}/files",
    status_code=201,
    permission=Permission.ACCOUNTS_WRITE,
    upload=Upload(max_bytes=MAX, media_types=frozenset({CSV}), fields=Fields),
)
async def post_file(box_id: str, form: Form, keep: bool = True) -> Answer:
    """Put a file into a box."""
    if keep:
        await keep_file(MongoStore(_database[0]), form.file.id, owner=box_id)
    content = {"id": form.file.id, "name": form.file.name, "size": form.file.size, "sha256": form.file.sha256}
    return Answer(content | {"fields": form.fields.fields()})


_database: list[Any] = []
boxes = Service(name="boxes", settings=ServiceSettings, routers=[router])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(database_uri: str, database_name: str) -> AsyncIterator[ServiceClient]:
    async with running(boxes, database_uri=database_uri, database_name=database_name) as opened:
        _database[:] = [opened.app.state.edge.database]
        opened.headers.update(as_principal(a_steward()))
        yield opened


def options(**more: Any) -> tuple[None, bytes]:
    return (None, orjson.dumps({"stage": "active"} | more))


async def kept(client: ServiceClient) -> list[int]:
    return [await _database[0].collection(name).count_documents({}) for name in (FILES, CHUNKS)]


async def test_a_file_and_its_fields_arrive(client: ServiceClient):
    form = {"options": options(count=2), "title": (None, "季度".encode()), "file": ("C:\\名单.csv", b"a,b\n1,2\n")}
    answer = await client.post(PATH, files=form)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["name"], shown["size"]) == ("名单.csv", 8)
    assert shown["fields"] == {"options": {"stage": "active", "count": 2}, "title": "季度"}
    document = await _database[0].collection(FILES).find_one({"_id": shown["id"]})
    assert document["owner"] == "box_1"
    assert "unclaimed_since" not in document


async def test_what_no_command_keeps_is_removed_at_once(client: ServiceClient):
    before = await kept(client)
    answer = await client.post(f"{PATH}?keep=false", files={"options": options(), "file": ("a.csv", b"a\n")})
    assert answer.status_code == 201
    assert await kept(client) == before


async def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger(client: ServiceClient):
    whole = await client.post(PATH, files={"options": options(), "file": ("a.csv", b"x" * MAX)})
    assert (whole.status_code, whole.json()["size"]) == (201, MAX)
    before = await kept(client)
    beyond = await client.post(PATH, files={"options": options(), "file": ("a.csv", b"x" * (MAX + 1))})
    assert (beyond.status_code, beyond.json()["code"], beyond.json()["max_bytes"]) == (413, "file_too_large", MAX)
    body = await client.post(PATH, files={"options": options(), "file": ("a.csv", b"x" * (MAX + SLACK_BYTES))})
    assert (body.status_code, body.json()["code"]) == (413, "body_too_large")
    assert await kept(client) == before


async def test_other_bodies_are_no_larger_than_ever(client: ServiceClient):
    answer = await client.post(PATH, content=b"x" * (2 * 1024 * 1024), headers={"content-type": "application/json"})
    assert answer.status_code in (413, 415)


async def test_everything_wrong_is_said_at_once(client: ServiceClient):
    before = await kept(client)
    form = [
        ("options", options(stage="nowhere", count=0, more=1)),
        ("file", ("a.csv", b"a\n")),
        ("file", ("b.csv", b"b\n")),
        ("other", (None, b"x")),
        ("title", (None, b"x" * (SLACK_BYTES // 2))),
    ]
    answer = await client.post(f"{PATH}?keep=perhaps", files=form, headers={"if-match": "x"})
    assert answer.status_code == 400
    found = {(one["field"], one["code"]) for one in answer.json()["violations"]}
    assert found == {
        ("options.stage", "enum"),
        ("options.count", "greater_than_equal"),
        ("options.more", "unknown_field"),
        ("file", "repeated_field"),
        ("other", "unknown_field"),
        ("title", "string_too_long"),
        ("keep", "bool_parsing"),
        ("If-Match", "invalid_if_match"),
    }
    assert await kept(client) == before


@pytest.mark.parametrize(
    ("form", "violations"),
    [
        ({"options": options()}, {("file", "required")}),
        ({"file": ("a.csv", b"a\n")}, {("options", "required")}),
        ({"file": ("a.csv", b"a\n"), "options": (None, b"{")}, {("options", "malformed_json")}),
        ({"file": ("a.csv", b"a\n"), "options": (None, b"[1]")}, {("options", "model_type")}),
    ],
)
async def test_parts_that_are_missing_or_no_json(client: ServiceClient, form: Any, violations: set[tuple[str, str]]):
    answer = await client.post(PATH, files=form | {"title": (None, b"x")})
    assert answer.status_code == 400
    assert {(one["field"], one["code"]) for one in answer.json()["violations"]} == violations


async def test_the_bytes_decide_whether_a_file_is_taken(client: ServiceClient):
    answer = await client.post(PATH, files={"options": options(), "file": ("a.csv", b"%PDF-1.7", "text/csv")})
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_not_taken")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("multipart/form-data", b"x", 400, "malformed_multipart"),
        ("multipart/form-data; boundary=b", b"x", 400, "malformed_multipart"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", 400, "malformed_multipart"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n',
            400,
            "malformed_multipart",
        ),
        ("multipart/form-data; boundary=b", b"", 400, "malformed_multipart"),
    ],
)
async def test_what_is_no_form(client: ServiceClient, content_type: str, body: bytes, status: int, code: str):
    before = await kept(client)
    answer = await client.post(PATH, content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await kept(client) == before


async def test_who_may_not_is_told_before_the_body_is_read(client: ServiceClient):
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10):
            read += 1
            yield b"x" * 1000

    headers = as_principal(a_rep()) | {"content-type": "multipart/form-data; boundary=b"}
    answer = await client.post(PATH, content=body(), headers=headers)
    assert (answer.status_code, read) == (403, 0)


async def test_the_document_shows_the_form(client: ServiceClient):
    document = (await client.get("/openapi.json")).json()
    body = document["paths"]["/api/v1/boxes/{box_id}/files"]["post"]["requestBody"]
    schema = body["content"]["multipart/form-data"]["schema"]
    assert set(schema["required"]) == {"file", "options"}
    assert "prospect" in schema["properties"]["options"]["properties"]["stage"]["enum"]
