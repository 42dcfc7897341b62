"""64 clients on one stock balance beside the same documents in bare transactions, one after the other."""

import time
from typing import Any
from uuid import uuid4

from chassis.ids import new_id
from chassis.journal import JOURNAL
from chassis.mongo import Database

from benchmarks.bench import Bench
from benchmarks.clients import Request, closed_loop, spread_over
from benchmarks.clones import Document, renamed
from benchmarks.figures import alternate, ratio
from benchmarks.installation import Installation

CLIENTS = 64
TARGET = 0.6
_AT_MOST = 500
_SUPPLY = 900_000


async def measure(bench: Bench) -> None:
    """Every transfer takes one unit of the same lot from the same warehouse and gives it to the same office."""
    installation, seconds = bench.installation, bench.terms.seconds
    transfer = await _stocked(installation)
    clerk = installation.clerks[0]
    movement = await installation.call(clerk, "POST", "/stock/transfers", transfer)
    bare = await _BareTransfers.like(installation.database("promotion"), movement["movement_id"])
    latencies: list[float] = []

    async def ours() -> float:
        tokens = await installation.tokens(installation.clerks)
        each = int(_AT_MOST * seconds) // CLIENTS + 1
        clients = spread_over(
            tokens,
            CLIENTS,
            lambda _: [
                Request("POST", "/api/v1/stock/transfers", transfer, {"idempotency-key": uuid4().hex})
                for _ in range(each)
            ],
        )
        answers = await bench.load.block(clients, seconds, expect=201)
        latencies.append(answers.p99_ms)
        return answers.rate

    async def raw() -> float:
        return await closed_loop(1, seconds, bare.transfer)

    mine, serial = await alternate(bench.terms, ours, raw, settle=installation.settle)
    figure = ratio("hot-row", "64 clients on a row ÷ serial bare", mine, serial, target=TARGET, p99_ms=latencies)
    bench.report.add(figure)


async def _stocked(installation: Installation) -> dict[str, Any]:
    """The body of a transfer for which there is stock."""
    clerk = installation.clerks[0]
    value = {"amount": 500, "currency": "CNY"}
    item = {"name": f"样品 {uuid4().hex[:6]}", "class": "sample", "unit_value": value}
    material = await installation.call(clerk, "POST", "/materials", item)
    lot_body = {"number": uuid4().hex[:8], "expires_on": "2099-12-31"}
    lot = await installation.call(clerk, "POST", f"/materials/{material['id']}/lots", lot_body)
    warehouse = await _location(installation, "kind=warehouse")
    office = await _location(installation, f"kind=office&unit_id={installation.region_id}")
    receipt = {"lot_id": lot["id"], "location_id": warehouse, "quantity": _SUPPLY}
    await installation.call(clerk, "POST", "/stock/receipts", receipt)
    return {"lot_id": lot["id"], "from_location_id": warehouse, "to_location_id": office, "quantity": 1}


async def _location(installation: Installation, query: str) -> str:
    found = (await installation.call(installation.clerks[0], "GET", f"/locations?{query}"))["items"]
    return found[0]["id"]


class _BareTransfers:
    """The same balances, movement and journal documents as a transfer's, under ids of their own."""

    def __init__(self, database: Database, movement: Document, entries: list[Document]) -> None:
        self._database = database
        self._movement = movement
        self._entries = {entry["kind"]: entry for entry in entries if entry["kind"] == "movement"}
        legs = [entry for entry in entries if entry["kind"] == "stock-balance"]
        self._legs = [(entry, new_id("bal")) for entry in legs]
        self._count = 0

    @classmethod
    async def like(cls, database: Database, movement_id: str) -> "_BareTransfers":
        """Transfers like the one of a movement, on balances made for it."""
        movement = await database.collection("movements").find_one({"_id": movement_id})
        own = await database.collection(JOURNAL).find_one({"aggregate_id": movement_id})
        assert movement is not None
        assert own is not None
        run = {"cause.run_id": own["cause"]["run_id"]}
        entries = await database.collection(JOURNAL).find(run).to_list(None)
        made = cls(database, movement, entries)
        for entry, identifier in made._legs:
            old: str = entry["aggregate_id"]
            balance = await database.collection("stock_balances").find_one({"_id": old})
            fresh = {**renamed(balance, old, identifier), "on_hand": _SUPPLY, "available": _SUPPLY}
            fresh |= {"version": 0, "sequence": 0}
            await database.collection("stock_balances").insert_one(fresh)
        return made

    async def transfer(self) -> None:
        """One transaction: two conditional increments, a movement, three journal documents."""
        self._count += 1
        now_us = time.time_ns() // 1000
        movement_id = new_id("mov")
        documents: list[Document] = []
        async with self._database.transaction() as session:
            for (entry, identifier), delta in zip(self._legs, (-1, 1), strict=True):
                await self._database.collection("stock_balances").find_one_and_update(
                    {"_id": identifier, "available": {"$gte": 1}},
                    {"$inc": {"on_hand": delta, "available": delta, "version": 1, "sequence": 1}},
                    return_document=True,
                    session=session,
                )
                documents.append(self._entry(entry, identifier, now_us))
            old: str = self._movement["_id"]
            movement = renamed(self._movement, old, movement_id)
            documents.append(self._stamped(renamed(self._entries["movement"], old, movement_id), now_us))
            documents[-1]["idempotency"] = {"key": f"{movement_id:0<64}", "body": "0" * 64}
            await self._database.collection("movements").insert_one(movement, session=session)
            await self._database.collection(JOURNAL).insert_many(documents, session=session)

    def _entry(self, template: Document, identifier: str, now_us: int) -> Document:
        old: str = template["aggregate_id"]
        entry = self._stamped(renamed(template, old, identifier), now_us)
        entry["_id"] = f"{identifier}:{self._count:010d}"
        entry["version"] = entry["events"][0]["sequence"] = self._count
        entry["events"][0]["id"] = new_id("evt")
        return entry

    def _stamped(self, entry: Document, now_us: int) -> Document:
        entry["recorded_at"] = now_us
        entry["unsealed"] = True
        if entry["events"]:
            entry["unpublished"] = True
        entry.pop("idempotency", None)
        return entry
