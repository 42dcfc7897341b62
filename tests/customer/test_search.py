"""What a search finds."""

import re

import pytest
from customer.readings import read_institution, read_person
from customer.search import institution_fields, look_ups, person_fields, search_filter
from customer.searching import LOOK_UPS, SIMILAR_ENOUGH, likeness
from customer.syllables import cut

HOSPITAL = institution_fields("首都医科大学附属北京协和医院（东院）", ("1210000040001234A1", "110101"))
STATION = institution_fields("重庆市长寿区A1 Mercy卫生站", (None, None))


def finds(query: str, fields: dict) -> bool:
    """Judge the filter as the store does: membership of the token, then the text."""
    where = search_filter(query)
    text = where.get("search_text")
    tokens = where["search"]["$in"] if isinstance(where["search"], dict) else [where["search"]]
    return bool(set(tokens) & set(fields["search"])) and (
        text is None or bool(re.search(text["$regex"], fields["search_text"]))
    )


@pytest.mark.parametrize(
    "query",
    [
        *("协", "协和", "北京协和医院", "东院", "（东院）", "首都医科大学附属北京协和医院（东院）"),
        *("x", "xie", "xiehe", "Bei Jing Xie He", "shoudu", "bjxh", "BJXHYY"),
        *("110", "110101", "121000004"),
    ],
)
def test_a_part_of_name_reading_initials_or_code_finds(query: str):
    assert finds(query, HOSPITAL)


@pytest.mark.parametrize("query", ["mercy", "ercy", "a1", "chongqing", "cqscsq", "changshou", "A1 mercy"])
def test_latin_parts_and_local_readings_find(query: str):
    assert finds(query, STATION)


@pytest.mark.parametrize("query", ["和协", "协和院", "hexie", "zz", "999", "()", "。", "{$gt:''}", "xieha", "10101"])
def test_what_is_not_there_is_not_found(query: str):
    assert not finds(query, HOSPITAL)


def test_an_entry_stays_small():
    assert len(HOSPITAL["search"]) < 200
    assert all(len(token) <= 25 for token in HOSPITAL["search"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        *(("北京协合医院", True), ("首都医科大学附属北京协河医院", True), ("北京斜和医愿东院", True)),
        *(("beijinxiehe", True), ("bejing xie he yi yuan", True), ("shou du yi ke da xue fu shu", True)),
        *(("上海瑞金医院", False), ("北京同仁医院", False), ("", False), ("。", False)),
    ],
)
def test_what_is_misspelt_or_only_sounds_alike_is_looked_up_and_judged_similar(query: str, found: bool):
    looked_up = any(set(tokens) & set(HOSPITAL["search"]) for tokens in look_ups(query)[:LOOK_UPS])
    assert (looked_up and likeness(query, HOSPITAL["search_text"]) >= SIMILAR_ENOUGH) is found


def test_what_tells_most_is_looked_up_first():
    first, *others = look_ups("北京协和人民医院")
    assert first[0] == "~beijinxiehe"
    assert not {"~renminyi", "~minyiyuan", "~renminyiyuan"} & {*first, *(token for some in others for token in some)}
    assert look_ups("人民医院") == [["~renminyiyuan", "~renminyi", "~minyiyuan"]]


def test_an_exact_search_looks_up_what_crosses_a_division_rather_than_its_name():
    assert search_filter("武汉市桃园医院")["search"] in ("汉市桃", "市桃园")


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [("beijingxiehe", "bei jing xie he"), ("xian", "xian"), ("shanghaish", "shang hai sh"), ("bjxhyy", ""), ("", "")],
)
def test_pinyin_is_cut_into_syllables(letters: str, syllables: str):
    assert cut(letters) == syllables.split()


@pytest.mark.parametrize(
    ("name", "syllables"),
    [("单小明", "shan xiao ming"), ("尉迟恭", "yu chi gong"), ("曾华", "zeng hua"), ("王", "wang")],
)
def test_surnames_are_read_as_surnames(name: str, syllables: str):
    assert read_person(name) == syllables.split()


@pytest.mark.parametrize(
    ("name", "syllables"),
    [("长春都江", "chang chun du jiang"), ("重庆", "chong qing"), ("六安市", "lu an shi"), ("长子县", "zhang zi xian")],
)
def test_places_are_read_as_places(name: str, syllables: str):
    assert read_institution(name) == syllables.split()


def test_an_erased_name_leaves_nothing_to_search_for():
    assert person_fields(None) == {"search": [], "search_text": "||"}
