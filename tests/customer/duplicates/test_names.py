import pytest
from customer.duplicates.names import read_names
from customer.duplicates.simplified import simplified


@pytest.mark.parametrize(
    ("name", "division", "county", "town", "stem", "kind"),
    [
        ("福建省泉州市惠安县第二医院", "350500", "惠安", "", "第二", "hospital"),
        ("北京昌平区南口医院", "110100", "昌平", "", "南口", "hospital"),
        ("昌平区北七家镇卫生院", None, "昌平", "北七家", "", "township"),
        ("青岛市市南区人民医院", "370202", "市南", "", "", "peoples"),
        ("北京大学第三医院", "110100", "", "", "北京大学第三", "hospital"),
        ("東華門診部有限公司", None, "", "", "东华", "outpatients"),
        ("青岛市市立医院", "370200", "", "", "市立", "hospital"),
    ],
)
def test_a_name_is_read_from_its_places_to_its_kind(
    name: str, division: str | None, county: str, town: str, stem: str, kind: str
):
    (read,) = read_names(name, division).names
    assert (read.county, read.town, read.stem, read.kind) == (county, town, stem, kind)


def test_brackets_hold_a_second_name_or_a_campus():
    second = read_names("北京市华信医院（清华大学第一附属医院）", "110100")
    assert [name.stem for name in second.names] == ["华信", "清华大学第一附属"]
    assert second.campus == ""
    assert read_names("天津市儿童医院(马场院区)", "120100").campus == "马场"
    assert read_names("武汉大学人民医院（东院）", "420100").campus == "东"
    assert read_names("武汉大学人民医院（总院）", "420100").campus == ""


def test_numbers_are_read_and_words_that_look_like_them_are_not():
    assert read_names("长乐市第十二医院", None).names[0].ordinal == "12"
    assert read_names("长乐市第3医院", None).names[0].ordinal == "3"
    assert read_names("长乐市红十字会医院", None).names[0].ordinal == ""


def test_traditional_characters_are_the_simplified_ones():
    assert simplified("醫藥衛生門診") == "医药卫生门诊"
    assert read_names("長樂區人民醫院", None) == read_names("长乐区人民医院", None)
