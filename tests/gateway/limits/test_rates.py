"""How often."""

import pytest
from gateway.limits.rates import Attempts, Rates
from gateway.limits.refusals import TooManyRequests


def spend(count: int, limit: Rates, employee_id: str) -> int:
    """How many of `count` requests were allowed."""
    allowed = 0
    for _ in range(count):
        try:
            limit.count(employee_id)
            allowed += 1
        except TooManyRequests:
            break
    return allowed


def test_one_employee_does_not_use_up_what_others_have():
    limit = Rates(5)
    assert 5 <= spend(30, limit, "emp_1") <= 10  # two windows at most
    assert spend(5, limit, "emp_2") == 5


def test_success_clears_the_count_of_attempts():
    attempts = Attempts(3)
    for _ in range(3):
        attempts.count("rep", "10.0.0.1")
    with pytest.raises(TooManyRequests) as refused:
        attempts.count("rep", "10.0.0.1")
    assert 1 <= (refused.value.retry_after or 0) <= 60
    attempts.forget("rep", "10.0.0.1")
    attempts.count("rep", "10.0.0.1")


def test_attempts_are_counted_by_name_and_address_whatever_the_case():
    attempts = Attempts(2)
    attempts.count("Rep", "10.0.0.1")
    attempts.count(" rep", "10.0.0.1")
    attempts.count("rep", "10.0.0.2")
    attempts.count("other", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        attempts.count("REP", "10.0.0.1")
