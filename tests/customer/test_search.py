"""What a search finds."""

import re

import pytest
from customer.readings import read_institution, read_person
from customer.search import institution_fields, person_fields, search_filter

HOSPITAL = institution_fields("首都医科大学附属北京协和医院（东院）", ("1210000040001234A1", "110101"))
STATION = institution_fields("重庆市长寿区A1 Mercy卫生站", (None, None))


def finds(query: str, fields: dict) -> bool:
    """Judge the filter as the store does: membership of the token, then the text."""
    where = search_filter(query)
    text = where.get("search_text")
    return where["search"] in fields["search"] and (
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
    assert len(HOSPITAL["search"]) < 150
    assert all(len(token) <= 3 for token in HOSPITAL["search"])


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
