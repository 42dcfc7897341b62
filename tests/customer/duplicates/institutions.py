"""Invented institutions and what becomes of them when somebody enters them a second time.

Shares no code with the matcher: words, places and the ways of writing are this module's own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎鲁韦昌马苗凤花方俞任袁柳"
_WORDS = "安康仁和济慈德华瑞福寿春长青明光远益民泰平永新兴盛恒嘉宏达海山江河湖云松柏梅兰竹菊东南西北中正天地星月龙凤鹤鹿宝玉金银珠石桥园林峰岭溪泉"
_FIELDS = ("骨科", "眼科", "口腔", "肛肠", "妇产", "儿童", "肿瘤", "康复", "精神病", "皮肤病", "胸科", "心血管病")
_STREETS = (
    "解放",
    "人民",
    "中山",
    "建设",
    "和平",
    "文化",
    "新华",
    "胜利",
    "健康",
    "迎宾",
    "滨河",
    "朝阳",
    "团结",
    "友谊",
    "光明",
    "长江",
    "黄河",
    "工农",
)
_ENDS = ("路", "街", "大道", "东路", "西路", "南路", "北路", "大街")
_TRADITIONAL = dict(
    zip(
        "医院卫东济华龙凤长泰县区乡门诊骨肿儿妇产关宝银园林岭云兴达远张赵钱孙陈韩杨卫广国学阳车马鸟语书见贝页风飞鱼麦黄齐齿万与丰丽义乐习乡买乱争亚亲亿仅从仓仪",
        "醫院衛東濟華龍鳳長泰縣區鄉門診骨腫兒婦產關寶銀園林嶺雲興達遠張趙錢孫陳韓楊衛廣國學陽車馬鳥語書見貝頁風飛魚麥黃齊齒萬與豐麗義樂習鄉買亂爭亞親億僅從倉儀",
        strict=False,
    )
)
_PREFECTURES = (
    ("3501", "福建省", "福州市"),
    ("3502", "福建省", "厦门市"),
    ("3505", "福建省", "泉州市"),
    ("4201", "湖北省", "武汉市"),
    ("4206", "湖北省", "襄阳市"),
    ("4205", "湖北省", "宜昌市"),
    ("3701", "山东省", "济南市"),
    ("3702", "山东省", "青岛市"),
    ("3203", "江苏省", "徐州市"),
    ("3201", "江苏省", "南京市"),
    ("3301", "浙江省", "杭州市"),
    ("3303", "浙江省", "温州市"),
    ("4401", "广东省", "广州市"),
    ("4406", "广东省", "佛山市"),
    ("5101", "四川省", "成都市"),
    ("5107", "四川省", "绵阳市"),
    ("6101", "陕西省", "西安市"),
    ("6104", "陕西省", "咸阳市"),
    ("4301", "湖南省", "长沙市"),
    ("4302", "湖南省", "株洲市"),
    ("4101", "河南省", "郑州市"),
    ("4103", "河南省", "洛阳市"),
    ("1301", "河北省", "石家庄市"),
    ("1302", "河北省", "唐山市"),
    ("2101", "辽宁省", "沈阳市"),
    ("2102", "辽宁省", "大连市"),
    ("3401", "安徽省", "合肥市"),
    ("3402", "安徽省", "芜湖市"),
    ("3601", "江西省", "南昌市"),
    ("4501", "广西壮族自治区", "南宁市"),
)


@dataclass(frozen=True)
class Entry:
    """What somebody typed in about the institution number `truth`."""

    truth: int
    name: str
    kind: str
    division_code: str | None
    address: str | None
    telephone: str | None
    point: tuple[float, float] | None


@dataclass(frozen=True)
class _County:
    code: str
    name: str
    prefecture: str
    at: tuple[float, float]


def entries(count: int, *, seed: int = 7, again: float = 0.1) -> list[Entry]:
    """`count` entries in any order; a share of them, `again`, is of institutions that are there already."""
    rng = random.Random(seed)
    originals = _originals(round(count * (1 - again)), rng)
    copies = [_entered_again(rng.choice(originals), originals, rng) for _ in range(count - len(originals))]
    found = [*originals, *copies]
    rng.shuffle(found)
    return found


def true_pairs(found: list[Entry]) -> set[tuple[int, int]]:
    """The pairs of positions, the lesser first, that are entries of one institution."""
    places: dict[int, list[int]] = {}
    for position, entry in enumerate(found):
        places.setdefault(entry.truth, []).append(position)
    return {(one, two) for same in places.values() for at, one in enumerate(same) for two in same[at + 1 :]}


def _counties(rng: random.Random) -> list[_County]:
    found: list[_County] = []
    for prefix, _, prefecture in _PREFECTURES:
        lat, lon = rng.uniform(22, 42), rng.uniform(104, 122)
        names: set[str] = set()
        while len(names) < 30:
            names.add(rng.choice(_WORDS) + rng.choice(_WORDS) + rng.choice("区县县市"))
        for number, name in enumerate(sorted(names)):
            at = (lat + rng.uniform(-0.6, 0.6), lon + rng.uniform(-0.6, 0.6))
            found.append(_County(f"{prefix}{number + 2:02d}", name, prefecture, at))
    return found


def _originals(count: int, rng: random.Random) -> list[Entry]:
    counties = _counties(rng)
    taken: set[tuple[str, str]] = set()
    found: list[Entry] = []
    names = _names(rng)
    while len(found) < count:
        county = rng.choice(counties)
        name, kind = next(names)
        full = county.name + name if rng.random() < 0.6 else county.prefecture + county.name + name
        if (county.code, name) in taken:
            continue
        taken.add((county.code, name))
        near = (county.at[0] + rng.uniform(-0.15, 0.15), county.at[1] + rng.uniform(-0.15, 0.15))
        found.append(
            Entry(
                len(found),
                full,
                kind,
                county.code if rng.random() < 0.95 else county.code[:4] + "00",
                county.name + _street(rng) if rng.random() < 0.8 else None,
                _number(rng) if rng.random() < 0.7 else None,
                near if rng.random() < 0.6 else None,
            )
        )
    return found


def _names(rng: random.Random) -> Iterator[tuple[str, str]]:
    """What follows the county: much alike between counties, and within one told apart by a number, a town or a word."""
    while True:
        roll = rng.random()
        word = rng.choice(_WORDS) + rng.choice(_WORDS)
        if roll < 0.03:
            yield rng.choice(("人民医院", "中医院", "妇幼保健院", "中心医院")), "hospital"
        elif roll < 0.08:
            yield f"第{rng.choice('一二三四五六七八九')}{rng.choice(('医院', '人民医院'))}", "hospital"
        elif roll < 0.25:
            yield f"{word}{rng.choice('镇乡')}{rng.choice(('卫生院', '中心卫生院'))}", "clinic"
        elif roll < 0.35:
            yield f"{word}街道社区卫生服务中心", "clinic"
        elif roll < 0.45:
            yield f"{word}{rng.choice(_FIELDS)}医院", "hospital"
        elif roll < 0.6:
            yield f"{rng.choice(_SURNAMES)}{word}诊所", "clinic"
        elif roll < 0.85:
            yield f"{rng.choice(_SURNAMES)}{word}{rng.choice(('大药房', '药店'))}", "pharmacy"
        else:
            yield f"{word}{rng.choice(_WORDS)}医院", "hospital"


def _street(rng: random.Random) -> str:
    return f"{rng.choice(_STREETS)}{rng.choice(_ENDS)}{rng.randint(1, 900)}号"


def _number(rng: random.Random) -> str:
    return f"0{rng.randint(310, 899)}-{rng.randint(2, 8)}{rng.randint(0, 9999999):07d}"


def _entered_again(original: Entry, others: list[Entry], rng: random.Random) -> Entry:
    """The same institution, with its name written in another way or its address moved, and some facts left out."""
    changed = rng.choice((_mistyped, _mistyped, _bracketed, _second_name, _traditional, _moved))(original, rng)
    if changed.telephone and rng.random() < 0.15:
        changed = replace(changed, telephone=None)
    if changed.address and rng.random() < 0.15:
        changed = replace(changed, address=None)
    if changed.point and rng.random() < 0.7:
        lat, lon = changed.point
        changed = replace(changed, point=(lat + rng.gauss(0, 0.0004), lon + rng.gauss(0, 0.0004)))
    return changed


def _mistyped(entry: Entry, rng: random.Random) -> Entry:
    """One character is wrong, missing or doubled."""
    name, at = entry.name, rng.randrange(len(entry.name) - 2)
    how = rng.random()
    if how < 0.6:
        name = name[:at] + rng.choice(_WORDS + _SURNAMES) + name[at + 1 :]
    elif how < 0.8:
        name = name[:at] + name[at + 1 :]
    else:
        name = name[:at] + name[at] + name[at:]
    return replace(entry, name=name)


def _bracketed(entry: Entry, rng: random.Random) -> Entry:
    """Something in brackets or between other signs, full width, with blanks."""
    way = rng.randrange(4)
    if way == 0:
        return replace(entry, name=f"{entry.name}（总院）")
    if way == 1:
        return replace(entry, name=f" {entry.name[:3]} {entry.name[3:]}　")
    if way == 2 and entry.kind == "pharmacy":
        return replace(entry, name=f"{entry.name}有限公司")
    return replace(
        entry, name=entry.name.replace("市", "市 ", 1), telephone=(entry.telephone or "").replace("-", "") or None
    )


def _second_name(entry: Entry, rng: random.Random) -> Entry:
    """A second name in brackets, or the second name first."""
    second = rng.choice(_SURNAMES) + rng.choice(_WORDS) + rng.choice(_WORDS) + "医院"
    name = f"{entry.name}（{second}）" if rng.random() < 0.6 else f"{second}({entry.name})"
    return replace(entry, name=name)


def _traditional(entry: Entry, rng: random.Random) -> Entry:
    """The whole in traditional characters."""
    written = "".join(_TRADITIONAL.get(one, one) for one in entry.name)
    address = entry.address and "".join(_TRADITIONAL.get(one, one) for one in entry.address)
    return replace(entry, name=written, address=address)


def _moved(entry: Entry, rng: random.Random) -> Entry:
    """It has moved within the county, and sometimes has another number; the name is as it was, or without the city."""
    point = entry.point and (entry.point[0] + rng.uniform(-0.05, 0.05), entry.point[1] + rng.uniform(-0.05, 0.05))
    telephone = entry.telephone if rng.random() < 0.7 else _number(rng)
    city = next((one for _, _, one in _PREFECTURES if entry.name.startswith(one)), "")
    name = entry.name.removeprefix(city) if rng.random() < 0.5 else entry.name
    return replace(entry, name=name, address=(entry.name[:0] + _street(rng)), telephone=telephone, point=point)
