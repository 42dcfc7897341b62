"""Which division codes may exist."""

import pytest
from customer.accounts.divisions import is_plausible


@pytest.mark.parametrize(
    "code", ["110000", "110101", "440305", "469001", "659001", "710000", "810000", "500101", "632701"]
)
def test_a_division_of_a_known_province_is_plausible(code: str):
    assert is_plausible(code)


@pytest.mark.parametrize(
    "code",
    ["000000", "990000", "160101", "110001", "119901", "11010", "1101011", "11010a", "１１０１０１", "", "117101"],
)
def test_what_no_table_can_hold_is_not(code: str):
    assert not is_plausible(code)
