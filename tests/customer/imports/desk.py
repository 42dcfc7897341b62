"""What a steward does with imports, in short words."""

import asyncio
import csv
import io
from typing import Any

import orjson
from chassis.testing.service import ServiceClient

from tests.customer.stack import Person

ACCOUNT_MAPPING = {"名称": "name", "类型": "kind", "等级": "grade", "代码": "code", "床位": "beds", "组织": "unit_id"}


def table(header: str, *rows: str) -> str:
    """CSV."""
    return "\n".join([header, *rows]) + "\n"


class Desk(Person):
    """Hands tables in and waits for them."""

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.database = client.app.state.edge.database

    async def hand_in(
        self,
        content: str | bytes,
        mapping: dict[str, str],
        *,
        name: str = "table.csv",
        headers: Any = None,
        **more: Any,
    ) -> Any:
        """The answer to a table that was handed in."""
        options = {"kind": "account", "mode": "insert", "mapping": mapping} | more
        raw = content.encode() if isinstance(content, str) else content
        form = {"options": (None, orjson.dumps(options)), "file": (name, raw)}
        return await self.client.post("/api/v1/imports", files=form, headers={**self.headers, **(headers or {})})

    async def ended(self, import_id: str, within_s: float = 120) -> Any:
        """An import once it has ended."""
        async with asyncio.timeout(within_s):
            while True:
                found = await self.get(f"/imports/{import_id}")
                if found["ended_at"] is not None:
                    return found
                await asyncio.sleep(0.05)

    async def imported(self, content: str | bytes, mapping: dict[str, str], **more: Any) -> Any:
        """What became of a table."""
        answer = await self.hand_in(content, mapping, **more)
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "queued"
        return await self.ended(answer.json()["id"])

    async def failed_rows(self, import_id: str) -> list[dict[str, str]]:
        """The file of failed rows."""
        answer = await self.call("GET", f"/imports/{import_id}/failed-rows")
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))

    async def failed_file(self, import_id: str) -> bytes:
        """The same as it comes."""
        return (await self.call("GET", f"/imports/{import_id}/failed-rows")).content

    async def codes(self, import_id: str) -> dict[int, str]:
        """The codes of the failed rows by their numbers."""
        return {int(row["#row"]): row["#code"] for row in await self.failed_rows(import_id)}

    async def account(self, name: str) -> Any:  # type: ignore[override]
        """The account of this name."""
        document = await self.database.collection("accounts").find_one({"name": name})
        return document and await self.get(f"/accounts/{document['_id']}")


def counts(found: Any) -> dict[str, int]:
    """The counts of an import that are not zero."""
    names = ("created", "updated", "unchanged", "failed")
    return {name: found[name] for name in names if found[name]}
