"""Files about institutions, on the real database."""

from typing import Any

import pytest
import pytest_asyncio
from chassis.files import CHUNKS, FILES
from chassis.testing import a_rep
from chassis.testing.principals import SOUTH
from chassis.testing.service import ServiceClient
from customer.attachments.model import MAX_BYTES

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(300_000)


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


async def attach(person: Person, path: str, name: str, content: bytes, **headers: str) -> Any:
    extra = {key.replace("_", "-"): value for key, value in headers.items()}
    return await person.client.post(
        f"/api/v1{path}", files={"file": (name, content)}, headers={**person.headers, **extra}
    )


async def test_a_file_is_attached_downloaded_and_removed_for_good(steward: Person, client: ServiceClient):
    account = await steward.account("Filed Hospital")
    path = f"/accounts/{account['id']}/attachments"
    answer = await attach(steward, path, "王医生 名片.pdf", PICTURE, idempotency_key="attach-once")
    attached = answer.json()
    assert (answer.status_code, attached["media_type"], attached["size"]) == (201, "image/png", len(PICTURE))
    again = await attach(steward, path, "王医生 名片.pdf", PICTURE, idempotency_key="attach-once")
    assert again.json() == attached
    assert [one["id"] for one in await steward.items(path)] == [attached["id"]]
    one = f"{path}/{attached['id']}"
    content = await steward.call("GET", f"{one}/content")
    assert (content.content, content.headers["content-type"]) == (PICTURE, "image/png")
    assert content.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%8E%8B")
    assert content.headers["x-content-type-options"] == "nosniff"
    stranger = Person(client, a_rep(path=SOUTH + "unt_t9/"))
    assert (await stranger.call("GET", f"{one}/content")).status_code == 404
    assert (await stranger.call("GET", one)).status_code == 404
    assert (await steward.call("DELETE", one)).status_code == 428
    assert (await steward.call("DELETE", one, if_match='"1"')).status_code == 204
    for gone in (one, f"{one}/content"):
        assert (await steward.call("GET", gone)).status_code == 404
    assert await steward.items(path) == []


async def test_names_and_content_leave_the_journal_alone(steward: Person, client: ServiceClient):
    account = await steward.account("Discreet Hospital")
    await attach(steward, f"/accounts/{account['id']}/attachments", "Patient Zhao.txt", b"secret words")
    journal = await client.app.state.edge.database.collection("journal").find({}).to_list(None)
    assert "Zhao" not in str(journal)
    assert "secret words" not in str(journal)


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"MZ\x90\x00\x03\x00\x00\x00 program", 415, "file_type_not_taken"),
        ("a.zip", b"PK\x03\x04 something else", 415, "file_type_not_taken"),
        ("big.txt", b"x" * (MAX_BYTES + 1), 413, "file_too_large"),
    ],
)
async def test_what_is_too_large_or_no_document_is_refused_and_nothing_of_it_stays(
    steward: Person, client: ServiceClient, name: str, content: bytes, status: int, code: str
):
    account = await steward.account(f"Refusing Hospital {name}")
    database = client.app.state.edge.database
    before = [await database.collection(one).count_documents({}) for one in (FILES, CHUNKS)]
    answer = await attach(steward, f"/accounts/{account['id']}/attachments", name, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [await database.collection(one).count_documents({}) for one in (FILES, CHUNKS)] == before


async def test_an_upload_to_an_institution_out_of_sight_leaves_nothing(steward: Person, client: ServiceClient):
    account = await steward.account("Distant Hospital")
    stranger = Person(client, a_rep(path=SOUTH + "unt_t9/"))
    database = client.app.state.edge.database
    before = await database.collection(CHUNKS).count_documents({})
    answer = await attach(stranger, f"/accounts/{account['id']}/attachments", "x.txt", b"text")
    assert answer.status_code == 404
    assert await database.collection(CHUNKS).count_documents({}) == before
