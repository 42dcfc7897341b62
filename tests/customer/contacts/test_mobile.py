"""Which numbers are the same number."""

import pytest
from customer.contacts.mobile import e164


@pytest.mark.parametrize(
    "number",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+8613800138000", "0086 138 0013 8000", "１３８００１３８０００"],
)
def test_spellings_of_one_number_are_equal(number: str):
    assert e164(number) == "+8613800138000"


def test_other_countries_are_dialled_with_their_code():
    assert e164("+852 5123 4567") == "+85251234567"


@pytest.mark.parametrize(
    "number", ["", "1", "12345", "1380013800", "138001380000", "abc", "{'$gt': ''}", "+999123", "13800138000 ext 5"]
)
def test_what_nobody_can_have_is_none(number: str):
    assert e164(number) is None
