"""Finding an institution by a misspelt part of its name: through the gateway, beside a scan of all names in memory.

`SEARCH_ROWS=30000,300000` says for how many institutions; with two numbers, what the growth costs is found too.
"""

import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote

from chassis.mongo import Database
from customer.search import institution_fields
from rapidfuzz import fuzz, process

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clones import Template, chunks
from benchmarks.figures import Figure

ROWS = tuple(int(rows) for rows in os.environ.get("SEARCH_ROWS", "30000").split(","))
QUERIES = 150
FOUND_AMONG = 10
MOST_OF_A_SCAN = 0.1
MOST_GROWTH = 3.0
_PORTION = 200

_CITIES = [
    "成都",
    "绵阳",
    "南充",
    "宜宾",
    "泸州",
    "达州",
    "德阳",
    "杭州",
    "宁波",
    "温州",
    "绍兴",
    "台州",
    "金华",
    "南京",
    "苏州",
    "无锡",
    "徐州",
    "扬州",
    "广州",
    "深圳",
    "佛山",
    "东莞",
    "汕头",
    "湛江",
    "长沙",
    "株洲",
    "湘潭",
    "衡阳",
    "岳阳",
    "武汉",
    "宜昌",
    "襄阳",
    "荆州",
    "郑州",
    "洛阳",
    "开封",
    "新乡",
    "南阳",
    "济南",
    "青岛",
    "烟台",
    "潍坊",
    "临沂",
    "石家庄",
    "唐山",
    "保定",
    "邯郸",
    "太原",
    "大同",
    "临汾",
    "西安",
    "宝鸡",
    "咸阳",
    "汉中",
    "兰州",
    "天水",
    "昆明",
    "曲靖",
    "大理",
    "贵阳",
    "遵义",
    "福州",
    "厦门",
    "泉州",
    "漳州",
    "南昌",
    "赣州",
    "九江",
    "合肥",
    "芜湖",
    "安庆",
    "沈阳",
    "大连",
    "鞍山",
    "长春",
    "吉林",
    "哈尔滨",
    "大庆",
]
_PLACES = "东西南北山川江河湖海城阳平宁兴永德文武昌华明清金银龙凤鹤林泉石云天宝福寿康乐和泰吉祥瑞梅兰竹菊松柏杨柳桃李"
_KINDS = [
    "人民医院",
    "中医院",
    "妇幼保健院",
    "第一人民医院",
    "第二人民医院",
    "中心医院",
    "社区卫生服务中心",
    "卫生院",
    "口腔医院",
    "眼科医院",
    "大药房",
    "诊所",
    "骨科医院",
]


async def measure(bench: Bench) -> None:
    """For each number of rows: p95 of a search ÷ p95 of a scan; then the p95 of the most rows ÷ that of the fewest."""
    installation = bench.installation
    database = installation.database("customer")
    (model,) = await accounts.some(installation, 1)
    template = await Template.read(database, "accounts", model)
    chance = random.Random(4)
    names: list[str] = []
    ours: list[float] = []
    for rows in ROWS:
        fresh = [name for name, _ in zip(_names(chance), range(rows - len(names)), strict=False)]
        await _fill(database, template, fresh)
        names += fresh
        asked = [(name, _misspelt(name, chance)) for name in chance.sample(names, QUERIES)]
        (token,) = await installation.tokens(installation.representatives[:1])
        headers = {"authorization": f"Bearer {token}"}

        async def search(query: str, headers: dict[str, str] = headers) -> list[str]:
            url = f"{installation.stack.gateway_url}/api/v1/accounts?limit={FOUND_AMONG}&q={quote(query)}"
            async with installation.http.get(url, headers=headers) as answer:
                answer.raise_for_status()
                return [one["name"] for one in (await answer.json())["items"]]

        async def scan(query: str, names: list[str] = names) -> list[str]:
            return [name for name, *_ in process.extract(query, names, scorer=fuzz.WRatio, limit=FOUND_AMONG)]

        await _times(search, asked[:20])
        mine, found = await _times(search, asked)
        raw, scanned = await _times(scan, asked)
        ours.append(_p95(mine))
        bench.report.add(
            Figure(
                "searching",
                f"p95 of a misspelt search ÷ scan, {rows:,} names",
                _p95(mine) / _p95(raw),
                target=MOST_OF_A_SCAN,
                ceiling=True,
                detail={
                    "p50_ms": statistics.median(mine) * 1000,
                    "p95_ms": _p95(mine) * 1000,
                    "scan_p50_ms": statistics.median(raw) * 1000,
                    "scan_p95_ms": _p95(raw) * 1000,
                    "found": found,
                    "scan_found": scanned,
                },
            )
        )
        exact = [(name, name[2:8]) for name, _ in asked]
        plain, _ = await _times(search, exact)
        bench.report.add(Figure("searching", f"p95 of an exact search, {rows:,} names", _p95(plain) * 1000, unit="ms"))
    if len(ours) > 1:
        what = f"p95 with {ROWS[-1]:,} ÷ {ROWS[0]:,}"
        bench.report.add(Figure("searching", what, ours[-1] / ours[0], target=MOST_GROWTH, ceiling=True))


async def _fill(database: Database, template: Template, names: list[str]) -> None:
    for some in chunks(names, _PORTION):
        documents: list[dict[str, Any]] = []
        for name, (account, _) in zip(some, template.copies(len(some), told=True), strict=True):
            documents.append({**account, "name": name, "match_keys": [], **institution_fields(name, (None, None))})
        async with database.transaction() as session:
            await database.collection("accounts").insert_many(documents, session=session)


async def _times(
    find: Callable[[str], Awaitable[list[str]]], asked: list[tuple[str, str]]
) -> tuple[list[float], float]:
    """Seconds of each query, one after the other, and the share of them that found what was meant."""
    times: list[float] = []
    found = 0
    for meant, query in asked:
        begun = time.perf_counter()
        answer = await find(query)
        times.append(time.perf_counter() - begun)
        found += meant in answer
    return times, found / len(asked)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _names(chance: random.Random) -> Iterator[str]:
    """Different names of the kind that institutions have."""
    seen: set[str] = set()
    while True:
        county = "".join(chance.choices(_PLACES, k=2)) + chance.choice("区县市")
        brand = "".join(chance.choices(_PLACES, k=chance.choice((0, 2, 2))))
        name = f"{chance.choice(_CITIES)}市{county}{brand}{chance.choice(_KINDS)}"
        if name not in seen:
            seen.add(name)
            yield name


def _misspelt(name: str, chance: random.Random) -> str:
    """A part of the name of at least seven characters, with one of them wrong, missing or changed with its neighbour."""
    length = chance.randint(7, max(7, len(name)))
    start = chance.randint(0, max(0, len(name) - length))
    part = list(name[start : start + length])
    at = chance.randrange(len(part) - 1)
    match chance.randrange(3):
        case 0:
            part[at] = chance.choice(_PLACES)
        case 1:
            del part[at]
        case _:
            part[at], part[at + 1] = part[at + 1], part[at]
    return "".join(part)
