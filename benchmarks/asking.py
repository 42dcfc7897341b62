"""The head office's question over HTTP beside SQL written by hand for that question, on the same marts."""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import duckdb
import orjson
from analytics.marts.file import MartFile
from analytics.marts.shelf import Shelf
from chassis.native.ports import free_ports
from chassis.principal import Principal
from chassis.tokens import Mint
from contracts.roles import Role

from benchmarks.bench import Bench
from benchmarks.figures import alternate, ratio
from benchmarks.installation import Installation, beside, environment

VISITS = 1_000_000
UNITS = 50
THREADS = 2
MEMORY = "512MB"

_FACTS = f"""INSERT INTO fact_visit SELECT
    printf('vis_%032x', i), printf('acc_%032x', i % 3000), printf('emp_%032x', i % 600),
    printf('unt_%032x', i % {UNITS}), printf('/unt_hq/unt_r%d/unt_%032x/', i % 5, i % {UNITS}), 'confirmed', 1,
    TIMESTAMP '2025-01-01' + INTERVAL (i % 525600) MINUTE, DATE '2025-01-01' + (i % 365)::INTEGER,
    TIMESTAMP '2025-01-01' + INTERVAL (i % 525600) MINUTE, TIMESTAMP '2025-01-01' + INTERVAL (i % 525600) MINUTE,
    [printf('con_%032x', i % 30000)], [printf('con_%032x', i % 30000), printf('con_%032x', (i * 7) % 30000)],
    [{{'product_id': printf('prd_%032x', i % 5), 'reaction': 'trial'}},
     {{'product_id': printf('prd_%032x', (i + 1) % 5), 'reaction': NULL}}],
    [{{'lot_id': printf('lot_%032x', i % 20), 'contact_id': printf('con_%032x', i % 30000), 'quantity': 1 + i % 3}}],
    6, TIMESTAMP '2025-01-01' FROM range({VISITS}) AS visits(i)"""
_DIMENSIONS = (
    """INSERT INTO dim_account SELECT printf('acc_%032x', i), 'Hospital ' || i, 'hospital', '3A', NULL, 500, 90000,
    printf('unt_%032x', i % 50), printf('/unt_hq/unt_r%d/unt_%032x/', i % 5, i % 50), 'active', [], 1,
    TIMESTAMP '2025-01-01' FROM range(3000) AS accounts(i)""",
    """INSERT INTO dim_unit SELECT printf('unt_%032x', i), 'Office ' || i, 'office', 'unt_hq', NULL, 1,
    TIMESTAMP '2025-01-01' FROM range(50) AS units(i)""",
    """INSERT INTO dim_product SELECT printf('prd_%032x', i), 'Product ' || i, '*', 'own', true, 1,
    TIMESTAMP '2025-01-01' FROM range(5) AS products(i)""",
    """INSERT INTO dim_material SELECT printf('mat_%032x', i), 'Sample ' || i, 'sample', 500, 'CNY',
    printf('prd_%032x', i % 5), 1, TIMESTAMP '2025-01-01' FROM range(20) AS materials(i)""",
    """INSERT INTO dim_lot SELECT printf('lot_%032x', i), printf('mat_%032x', i), 'L' || i, NULL, 1,
    TIMESTAMP '2025-01-01' FROM range(20) AS lots(i)""",
)

_BY_UNIT_MONTH = """
WITH v AS (SELECT credited_unit_id AS unit_id, strftime(visited_on, '%Y-%m') AS month, attendees, materials
           FROM fact_visit WHERE state IN ('confirmed', 'locked') {scope}),
     contacts AS (SELECT unit_id, month, count(DISTINCT contact) AS n
                  FROM (SELECT unit_id, month, unnest(attendees) AS contact FROM v) GROUP BY ALL)
SELECT v.unit_id, u.name, v.month, count(*), any_value(contacts.n),
       sum(list_sum(list_transform(materials, lambda m: m.quantity)))
FROM v JOIN contacts USING (unit_id, month) LEFT JOIN dim_unit u ON u.unit_id = v.unit_id
GROUP BY v.unit_id, u.name, v.month ORDER BY v.unit_id, v.month LIMIT 1000"""
_BY_UNIT_MONTH_PRODUCT = """
WITH v AS (SELECT credited_unit_id AS unit_id, strftime(visited_on, '%Y-%m') AS month, attendees, products, materials
           FROM fact_visit WHERE state IN ('confirmed', 'locked') {scope}),
     d AS (SELECT unit_id, month, attendees, unnest(products).product_id AS product_id FROM v),
     n AS (SELECT unit_id, month, product_id, count(*) AS visits FROM d GROUP BY ALL),
     c AS (SELECT unit_id, month, product_id, count(DISTINCT contact) AS contacts
           FROM (SELECT unit_id, month, product_id, unnest(attendees) AS contact FROM d) GROUP BY ALL),
     q AS (SELECT unit_id, month, m.product_id, sum(line.quantity) AS units
           FROM (SELECT unit_id, month, unnest(materials) AS line FROM v)
           JOIN dim_lot l ON l.lot_id = line.lot_id JOIN dim_material m USING (material_id) GROUP BY ALL)
SELECT unit_id, u.name, month, product_id, p.name, visits, contacts, coalesce(units, 0)
FROM n JOIN c USING (unit_id, month, product_id) LEFT JOIN q USING (unit_id, month, product_id)
LEFT JOIN dim_unit u USING (unit_id) LEFT JOIN dim_product p USING (product_id)
ORDER BY unit_id, month, product_id LIMIT 1000"""

_REGION = "/unt_hq/unt_r1/"
_QUESTIONS = (
    ("unit × month, head office", "unit,month", _BY_UNIT_MONTH, "/"),
    ("unit × month, one region", "unit,month", _BY_UNIT_MONTH, _REGION),
    ("unit × month × product, head office", "unit,month,product", _BY_UNIT_MONTH_PRODUCT, "/"),
)


async def measure(bench: Bench) -> None:
    """An analytics process of its own, asked directly, over a file of made-up visits; the bare side reads a copy of it."""
    with TemporaryDirectory(prefix="terrain-bench-") as folder:
        base = Path(folder) / "marts.duckdb"
        shelf = Shelf(base)
        file = shelf.next()
        await asyncio.to_thread(_fill, file)
        copy = Path(folder) / "copy.duckdb"
        shutil.copy(file, copy)
        shelf.point_to(file)
        bare = duckdb.connect(str(copy), read_only=True, config={"threads": THREADS, "memory_limit": MEMORY})
        async with _analytics(bench.installation, base) as url, aiohttp.ClientSession(url) as http:
            for what, by, statement, path in _QUESTIONS:
                target = f"/api/v1/analytics/visits?by={by}&limit=1000"
                scope = "" if path == "/" else f"AND starts_with(credited_path, '{path}')"
                sql = statement.format(scope=scope)

                async def ask(target: str = target, path: str = path) -> list[Any]:
                    async with http.get(target, headers=_signed(bench.installation, path)) as answer:
                        answer.raise_for_status()
                        return (await answer.json(loads=orjson.loads))["items"]

                async def select(sql: str = sql) -> list[Any]:
                    return await asyncio.to_thread(lambda: bare.execute(sql).fetchall())

                if [list(row.values()) for row in await ask()] != [list(row) for row in await select()]:
                    raise AssertionError(f"the two sides answer {what} differently")
                mine, raw = await alternate(bench.terms, lambda: _rate(ask), lambda: _rate(select))
                bench.report.add(ratio("asking", f"{what}, {VISITS:,} visits", mine, raw))
        bare.close()


async def _rate(action: Any) -> float:
    """Three times in a row, per second."""
    begun = time.perf_counter()
    for _ in range(3):
        await action()
    return 3 / (time.perf_counter() - begun)


def _fill(path: Path) -> None:
    MartFile(path, memory_limit=MEMORY, threads=THREADS).close()
    connection = duckdb.connect(str(path), config={"threads": THREADS})
    for statement in (*_DIMENSIONS, _FACTS):
        connection.execute(statement)
    connection.close()


@asynccontextmanager
async def _analytics(installation: Installation, base: Path) -> AsyncGenerator[str, None]:
    """An analytics process on the marts at `base`, on topics of its own; its address."""
    (port,) = free_ports(1)
    changed = {"HTTP_PORT": str(port), "DUCKDB_PATH": str(base), "TOPIC_PREFIX": f"bench-{base.parent.name}."}
    changed |= {"DATABASE": "terrain_bench_analytics", "DUCKDB_THREADS": str(THREADS), "DUCKDB_MEMORY_LIMIT": MEMORY}
    async with beside(installation.stack.command("analytics"), port, environment(installation, "analytics", **changed)):
        yield f"http://127.0.0.1:{port}"


def _signed(installation: Installation, path: str) -> dict[str, str]:
    """Headers of somebody who sees what lies below `path`."""
    role = Role.HQ if path == "/" else Role.MANAGER
    unit_id = path.strip("/").rpartition("/")[2] or "unt_hq"
    somebody = Principal("emp_bench", "emp_bench", "bench", frozenset({role}), unit_id, path, (path,))
    key = orjson.loads(installation.stack.internal_key.read_bytes())
    return {"authorization": f"Bearer {Mint(key).mint(somebody, 'analytics')}"}
