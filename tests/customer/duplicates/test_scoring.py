from datetime import date
from typing import Any

import pytest
from customer.duplicates.scoring import CANDIDATE, Judgement, judge_accounts, judge_contacts
from customer.duplicates.traits import Job, account_keys, account_traits, contact_keys, contact_traits, street_of

FACTS: dict[str, Any] = {
    "kind": "hospital",
    "division_code": "350121",
    "telephone": "0591-22081234",
    "address": "闽侯县解放路12号",
    "point": (26.15, 119.13),
}
NOTHING: dict[str, Any] = {"kind": "hospital", "division_code": None, "telephone": None, "address": None, "point": None}


def judged(one: str, other: str, **facts: Any) -> Judgement:
    """The judgement of two names, all other facts being the same unless `facts` gives the second other ones."""
    left, right = account_traits(name=one, **FACTS), account_traits(name=other, **(FACTS | facts))
    assert judge_accounts(left, right) == judge_accounts(right, left), "a pair has no order"
    return judge_accounts(left, right)


def codes(judgement: Judgement) -> list[str]:
    return [reason.code for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("闽侯县昙石医院", "闽侯县昙石医院", "same_name"),
        ("闽侯县昙石医院", "福建省福州市闽侯县昙石医院", "same_name"),
        ("闽侯县昙石医院", "閩侯縣曇石醫院", "same_name"),
        ("闽侯县昙石医院", "闽侯县谭石医院", "same_reading"),
        ("闽侯县昙石医院", "东门医院（闽侯县昙石医院）", "second_name"),
        ("闽侯县白沙湾镜湖医院", "闽侯县白沙湾境明医院", "similar_name"),
    ],
)
def test_ways_of_writing_one_name_are_recognised_and_named(one: str, other: str, reason: str):
    judgement = judged(one, other)
    assert judgement.score >= CANDIDATE
    assert reason in codes(judgement)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("闽侯县人民医院", "长乐区人民医院", "other_county"),
        ("闽侯县第一医院", "闽侯县第二医院", "other_number"),
        ("闽侯县大溪乡卫生院", "闽侯县合溪乡卫生院", "other_town"),
        ("福州市儿童医院（马场院区）", "福州市儿童医院（龙岩院区）", "other_campus"),
        ("福州市儿童医院", "福州市儿童医院（龙岩院区）", "other_campus"),
        ("省妇幼保健院", "福州市妇幼保健院", "other_rank"),
        ("闽侯县昙石医院", "闽侯县昙石妇幼保健院", "other_type"),
    ],
)
def test_what_only_looks_alike_is_told_apart(one: str, other: str, reason: str):
    judgement = judged(one, other, telephone=None, address=None, point=None, division_code="350100")
    assert judgement.score < CANDIDATE
    assert reason in codes(judgement)


def test_each_reason_carries_its_weight_and_they_add_up_to_the_score():
    judgement = judged("闽侯县昙石医院", "闽侯县昙石医院", telephone="0591-22089999", address="闽侯县建设路1号")
    weights = {reason.code: reason.weight for reason in judgement.reasons}
    assert weights["same_name"] > 0 > weights["other_telephone"]
    assert abs(judgement.reasons[0].weight) == max(abs(weight) for weight in weights.values())
    better = judged("闽侯县昙石医院", "闽侯县昙石医院")
    assert better.score > judgement.score
    assert {"same_telephone", "same_address", "near"} <= set(codes(better))


def test_distance_speaks_both_ways():
    assert "near" in codes(judged("昙石医院", "昙石医院", point=(26.1501, 119.1301)))
    assert "far" in codes(judged("昙石医院", "昙石医院", point=(26.35, 119.13)))


def test_addresses_are_the_same_however_their_places_and_numbers_are_written():
    assert street_of("福建省闽侯县甘蔗街道解放路１２号") == street_of("解放路12号") == "解放路12"
    assert street_of("万源北路七号") == street_of("万源北路7号")


@pytest.mark.parametrize(
    "other",
    ["闽侯县坛石医院", "闽候县昙石医院", "福州市闽侯县昙石医院", "閩侯縣曇石醫院", "东门医院（闽侯县昙石医院）"],
)
def test_variants_meet_under_a_key_without_any_other_fact(other: str):
    facts = NOTHING | {"division_code": "350121"}
    one, two = account_traits(name="闽侯县昙石医院", **facts), account_traits(name=other, **facts)
    assert set(account_keys(one)) & set(account_keys(two))


def a_person(name: str | None, at: str = "acc_A", **facts: Any) -> Any:
    given = {"title": None, "specialty": None, "mobile": None} | facts
    return contact_traits(name=name, jobs=[Job(at, None, None, date(2024, 1, 1), None)], **given)


def test_one_person_is_registered_twice_at_an_institution():
    one = a_person("王小明", specialty="cardiology", mobile="+8613800138000")
    for other in (
        a_person("王小明"),
        a_person("王曉明", specialty="Cardiology"),
        a_person("王小名", specialty="cardiology"),
    ):
        assert judge_contacts(one, other).score >= CANDIDATE, other
        assert set(contact_keys(one)) & set(contact_keys(other))


def test_namesakes_are_different_people():
    one = a_person("王伟", specialty="cardiology")
    assert judge_contacts(one, a_person("王伟", "acc_B", specialty="paediatrics")).score < CANDIDATE
    assert judge_contacts(one, a_person("王伟", "acc_B")).score < CANDIDATE
    assert judge_contacts(one, a_person("李伟")).score < CANDIDATE


def test_a_mobile_one_digit_apart_brings_people_of_one_name_together():
    one, other = a_person("王小明", mobile="+8613800138000"), a_person("王小明", "acc_B", mobile="+8613800138001")
    judgement = judge_contacts(one, other)
    assert judgement.score >= CANDIDATE
    assert "similar_mobile" in codes(judgement)


def test_who_has_been_erased_is_compared_with_nobody():
    erased = a_person(None)
    assert contact_keys(erased) == []
    assert judge_contacts(erased, erased).score < 0.01
