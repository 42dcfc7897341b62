"""When two names are the same name."""

import pytest
from customer.texts import has_letters, normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京市昌平区南口医院(中西医结合医院)", "北京市昌平区南口医院（中西医结合医院）"),
        ("北京市昌平区南口医院(中西医结合医院)", "北京市昌平区南口医院【中西医结合医院】"),
        ("南口医院 (东院)", "南口医院(东院)"),
        ("北京 协和\u3000医院", "北京协和医院"),
        ("ＳＴ． Ｍary", "st. mary"),
        ("St  Mary", "ST MARY"),
        ("A1 医院", "a1医院"),
        ("协和\u200b医院", "协和医院"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"), [("St Mary", "StMary"), ("协和医院", "协和医院东院"), ("第1医院", "第2医院")]
)
def test_different_names_stay_different(one: str, other: str):
    assert normalised(one) != normalised(other)


def test_punctuation_alone_cannot_be_read_aloud():
    assert not has_letters("(—)")
    assert has_letters("(3)")
    assert has_letters("院")
