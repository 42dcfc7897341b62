"""Importing a table of institutions beside inserting all documents that this writes, in the same batches."""

import asyncio
import json
import random
import secrets
import time
from typing import Any

import aiohttp
import psutil
from chassis.ids import new_id
from chassis.journal import JOURNAL
from chassis.mongo import Database
from customer.imports.run_import import BATCH
from terrain.local import state
from terrain.local.layout import DataDir

from benchmarks.bench import Bench
from benchmarks.clones import Document, chunks, renamed
from benchmarks.figures import Figure, Terms, alternate, ratio
from benchmarks.installation import Installation

ROWS = 20_000
"""Of all blocks together."""
TARGET = 0.3
GROWTH_MB = 60
_LOOK_S = 0.1
_WITHIN_S = 300.0
_CITIES = ("北京市", "上海市", "广州市", "成都市", "武汉市", "西安市", "沈阳市", "长沙市")
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x9FA5, 7)]
"""Names as different as those of real institutions, so that looking for duplicates behind the import finds few."""
_KINDS = ("人民医院", "中医医院", "妇幼保健院", "中心医院", "骨科医院")


async def measure(bench: Bench) -> None:
    """Both sides run while relay and consumers take up what they write."""
    sides = _Sides(bench.installation, ROWS // bench.terms.repeats)
    await sides.ours()  # so that there is something to copy, and the process has the memory that any import takes
    before = _resident(bench.installation)
    sides.most = before
    mine, bare = await alternate(
        Terms(bench.terms.repeats, bench.terms.seconds), sides.ours, sides.bare, settle=bench.installation.settle
    )
    bench.report.add(ratio("importing", f"import ÷ insert_many, batches of {BATCH}", mine, bare, target=TARGET))
    bench.report.add(
        Figure(
            "importing",
            "customer, resident, most − before",
            (sides.most - before) / 1e6,
            "MB",
            GROWTH_MB,
            ceiling=True,
            detail={"rows": ROWS},
        )
    )


class _Sides:
    def __init__(self, installation: Installation, rows: int) -> None:
        self._installation = installation
        self._database: Database = installation.database("customer")
        self._rows = rows
        self._last = ""
        self.most = 0

    async def ours(self) -> float:
        """A table handed in at the gateway, until the last of its rows is there."""
        chance = random.Random(secrets.token_bytes(8))
        lines = ["名称,类型,等级,床位,地址,区划"]
        for number in range(self._rows):
            city, kind = _CITIES[number % len(_CITIES)], _KINDS[number % len(_KINDS)]
            name = "".join(chance.choices(_CHARACTERS, k=4))
            lines.append(f"{city}{name}{kind},医院,三级甲等,{number % 2000},人民路{number}号,110101")
        mapping = {
            "名称": "name",
            "类型": "kind",
            "等级": "grade",
            "床位": "beds",
            "地址": "address",
            "区划": "division_code",
        }
        options = {
            "kind": "account",
            "mode": "insert",
            "mapping": mapping,
            "defaults": {"unit_id": self._installation.territory_id},
        }
        begun = time.perf_counter()
        self._last = await self._hand_in("\n".join(lines).encode(), options)
        async with asyncio.timeout(_WITHIN_S):
            while True:
                job = await self._database.collection("imports").find_one({"_id": self._last}, {"state": 1})
                self.most = max(self.most, _resident(self._installation))
                if job and job["state"] in ("done", "failed"):
                    break
                await asyncio.sleep(_LOOK_S)
        seconds = time.perf_counter() - begun
        found = await self._installation.call(self._installation.clerks[0], "GET", f"/imports/{self._last}")
        assert found["created"] == self._rows, found
        return self._rows / seconds

    async def bare(self) -> float:
        """The documents of the last import under other ids, one transaction for each of its batches."""
        batches = [await self._copies(entries) for entries in chunks(await self._entries(), BATCH)]
        begun = time.perf_counter()
        for accounts, journal in batches:
            async with self._database.transaction() as session:
                await self._database.collection("accounts").insert_many(accounts, session=session)
                await self._database.collection(JOURNAL).insert_many(journal, session=session)
        return self._rows / (time.perf_counter() - begun)

    async def _entries(self) -> list[Document]:
        where = {"cause.request_id": self._last, "kind": "account"}
        return await self._database.collection(JOURNAL).find(where).to_list(None)

    async def _copies(self, entries: Any) -> tuple[list[Document], list[Document]]:
        ids = [entry["aggregate_id"] for entry in entries]
        found = await self._database.collection("accounts").find({"_id": {"$in": ids}}).to_list(None)
        by_id = {account["_id"]: account for account in found}
        accounts, journal = list[Document](), list[Document]()
        for entry in entries:
            old, new = entry["aggregate_id"], new_id("acc")
            account, copy = renamed(by_id[old], old, new), renamed(entry, old, new)
            account["key"] = f"{account['key'][:8]}{new}"
            for event in copy["events"]:
                event["id"] = new_id("evt")
            copy["unpublished"] = copy["unsealed"] = True
            accounts.append(account)
            journal.append(copy)
        return accounts, journal

    async def _hand_in(self, content: bytes, options: dict[str, Any]) -> str:
        (token,) = await self._installation.tokens(self._installation.clerks[:1])
        form = aiohttp.FormData()
        form.add_field("options", json.dumps(options))
        form.add_field("file", content, filename="table.csv", content_type="text/csv")
        url = f"{self._installation.stack.gateway_url}/api/v1/imports"
        headers = {"authorization": f"Bearer {token}"}
        async with self._installation.http.post(url, data=form, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            return (await answer.json())["id"]


def _resident(installation: Installation) -> int:
    run = state.read(DataDir(installation.stack.data_dir).run_file)
    assert run is not None
    return sum(psutil.Process(one.pid).memory_info().rss for one in run.processes if one.name == "customer")
