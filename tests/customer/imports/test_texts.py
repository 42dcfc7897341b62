"""Cells as people type them stand for the values that are meant, and for nothing when it is not clear."""

from datetime import date
from typing import Any

import pytest
from contracts.values import AccountKind, Grade
from customer.imports import texts
from customer.imports.accounts import FIELDS as ACCOUNT_FIELDS
from customer.imports.contacts import FIELDS as CONTACT_FIELDS
from customer.imports.texts import Parse, Unreadable


@pytest.mark.parametrize(
    ("parse", "cell", "value"),
    [
        (texts.whole_number, "１２００", 1200),
        (texts.whole_number, "1,200", 1200),
        (texts.whole_number, "1200.0", 1200),
        (texts.whole_number, "-5", -5),
        (texts.decimal, "３９．９０４２", 39.9042),
        (texts.decimal, "-33.9", -33.9),
        (texts.day, "2026-03-01", date(2026, 3, 1)),
        (texts.day, "2026/3/1", date(2026, 3, 1)),
        (texts.day, "２０２６／３／１", date(2026, 3, 1)),
        (texts.day, "2026.3.1", date(2026, 3, 1)),
        (texts.day, "2026年3月1日", date(2026, 3, 1)),
        (texts.day, "20260301", date(2026, 3, 1)),
        (texts.day, "2026-03-01 00:00:00", date(2026, 3, 1)),
        (texts.grade, "三级甲等", Grade.G3A),
        (texts.grade, "三甲", Grade.G3A),
        (texts.grade, "三级甲等（综合）".replace("（综合）", ""), Grade.G3A),
        (texts.grade, "3级甲等", Grade.G3A),
        (texts.grade, "３ａ", Grade.G3A),
        (texts.grade, "二级 乙等", Grade.G2B),
        (texts.grade, "一级丙等", Grade.G1C),
        (texts.grade, "未评级", Grade.UNGRADED),
        (texts.kind, "医院", AccountKind.HOSPITAL),
        (texts.kind, "Hospital", AccountKind.HOSPITAL),
        (texts.kind, "社区卫生服务中心", AccountKind.CLINIC),
        (texts.kind, "ＤＴＰ药房", AccountKind.PHARMACY),
        (texts.kind, "超市", AccountKind.STORE),
        (texts.kind, "经销商", AccountKind.DISTRIBUTOR),
        (texts.code, " １２３ab 4", "123AB4"),
        (texts.code, "110000.0", "110000"),
        (texts.several, "心内科、 儿科;骨科；|", ["心内科", "儿科", "骨科"]),
        (texts.yes_or_no, "是", True),
        (texts.yes_or_no, "No", False),
        (texts.trimmed, "\u3000\ufeff 名称\u200b ", "名称"),
    ],
)
def test_what_a_cell_stands_for(parse: Parse, cell: str, value: Any):
    assert parse(cell) == value


@pytest.mark.parametrize(
    ("parse", "cell", "code"),
    [
        (texts.whole_number, "1.5", "invalid_number"),
        (texts.whole_number, "1,2", "invalid_number"),
        (texts.whole_number, "many", "invalid_number"),
        (texts.whole_number, "9" * 30, "invalid_number"),
        (texts.decimal, "nan", "invalid_number"),
        (texts.decimal, "1e5", "invalid_number"),
        (texts.day, "2026-02-30", "invalid_date"),
        (texts.day, "3/1/2026", "invalid_date"),
        (texts.day, "2026-03-01 10:00", "invalid_date"),
        (texts.day, "46082", "invalid_date"),
        (texts.grade, "三级", "unknown_grade"),
        (texts.grade, "4A", "unknown_grade"),
        (texts.kind, "学校", "unknown_kind"),
        (texts.yes_or_no, "maybe", "invalid_boolean"),
    ],
)
def test_what_is_not_clear_is_not_guessed(parse: Parse, cell: str, code: str):
    with pytest.raises(Unreadable) as refused:
        parse(cell)
    assert refused.value.code == code


def test_every_plain_fact_can_be_imported():
    assert {"grade", "code", "division_code", "address", "telephone", "beds", "outpatient_visits"} <= set(
        ACCOUNT_FIELDS
    )
    assert {"title", "specialty", "mobile", "licence", "pinyin"} <= set(CONTACT_FIELDS)
