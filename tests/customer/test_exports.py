"""Lists as tables: what the list shows to this caller, all of it, with no cell that runs, and nobody who was erased."""

import csv
import io
from typing import Any

import orjson
import pytest
from chassis.http.export import accepted
from chassis.media_types import CSV, XLSX
from chassis.principal import Principal
from chassis.tables.writing import NDJSON
from chassis.tables.xlsx_rows import xlsx_rows
from chassis.testing import a_rep, a_steward
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from customer.erasure.model import Erasure

from tests.customer.builders import NOW, a_contact
from tests.customer.stack import Person, seed

ACCOUNTS = 620


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("image/png", "application/json"),
        (CSV, CSV),
        ("text/csv;q=0.5, application/x-ndjson", NDJSON),
        ("text/csv, application/json;q=0.9", CSV),
        ("text/csv;q=0, */*", "application/json"),
        (f"{XLSX}, text/csv;q=nonsense", XLSX),
    ],
)
def test_what_the_caller_likes_best_is_sent(header: str, media_type: str):
    assert accepted(header) == media_type


@pytest.mark.stack
class TestOnTheStack:
    async def table(self, person: Person, path: str, media_type: str) -> list[dict[str, Any]]:
        answer = await person.call("GET", path, accept=media_type)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["content-disposition"].startswith("attachment")
        if media_type == NDJSON:
            return [orjson.loads(line) for line in answer.content.splitlines()]
        if media_type == CSV:
            return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))

        async def whole() -> Any:
            yield answer.content

        rows = [row async for row in xlsx_rows(whole())]
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    async def test_a_table_holds_the_whole_list_and_its_filters(self, client: ServiceClient):
        steward = Person(client, a_steward())
        for number in range(ACCOUNTS):
            kind = "clinic" if number % 2 else "pharmacy"
            name = "=1+1" if number == 0 else f"导出{number:03}"
            await steward.make("/accounts", {"name": name, "kind": kind, "unit_id": "unt_north", "beds": number})
        for media_type in (CSV, XLSX, NDJSON):
            rows = await self.table(steward, "/accounts?kind=clinic&sort=-name&limit=3", media_type)
            assert [row["name"] for row in rows] == [f"导出{number:03}" for number in range(ACCOUNTS - 1, 0, -2)]
        rows = await self.table(steward, "/accounts?kind=pharmacy", CSV)
        assert (len(rows), rows[0]["name"], rows[1]["beds"]) == (ACCOUNTS // 2, "'=1+1", "2")

    @pytest.mark.parametrize("principal", [a_rep(path=SOUTH), a_rep(path=NORTH)])
    @pytest.mark.parametrize("media_type", [CSV, XLSX, NDJSON])
    async def test_nobody_exports_what_they_do_not_see(
        self, client: ServiceClient, principal: Principal, media_type: str
    ):
        person = Person(client, principal)
        seen = {row["id"] for row in await person.items("/accounts?limit=500&kind=hospital")}
        exported = {row["id"] for row in await self.table(person, "/accounts?kind=hospital", media_type)}
        assert exported == seen
        assert {"acc_A", "acc_B"} & exported in ({"acc_A"}, {"acc_B"})

    async def test_contacts_without_those_who_were_erased(self, client: ServiceClient):
        gone = a_contact("con_gone", name="消失")
        gone.name, gone.erasure = None, Erasure(at=NOW, by="emp_1", reason="asked for")
        await seed(client, [a_contact("con_here", name="+在此", mobile="+8613800138000"), gone])
        rows = await self.table(Person(client), "/contacts", CSV)
        assert [(row["id"], row["name"], row["mobile"], row["account_id"]) for row in rows] == [
            ("con_here", "'+在此", "'+8613800138000", "acc_A")
        ]

    async def test_a_list_that_is_refused_is_refused_as_a_table_too(self, client: ServiceClient):
        answer = await Person(client).call("GET", "/accounts?sort=colour", accept=CSV)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_sort")
