"""Replicas and what is asked of them."""

from datetime import date

import pytest
from contracts.values import Stage
from visits.known.model import KnownEmployee, Position

from tests.visits.builders import a_contact, an_account, an_employee

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def a_position(unit: str, since: date, until: date | None = None) -> Position:
    return Position(unit_id=f"unt_{unit}", unit_path=f"/unt_hq/unt_{unit}/", valid_from=since, valid_to=until)


def units(employee: KnownEmployee, *days: date) -> list[str | None]:
    return [position.unit_id if position else None for position in map(employee.position_on, days)]


@pytest.mark.parametrize(
    ("stage", "closed"),
    [(stage, stage in ("closing", "closed", "merged")) for stage in Stage],
)
def test_closing_institutions_take_no_new_visits(stage: Stage, closed: bool):
    assert an_account(stage=stage).closed is closed


def test_an_affiliation_ends_before_its_last_day_begins():
    contact = a_contact(since=FEB, until=MAR)
    assert [contact.works_at("acc_A", day) for day in (JAN, FEB, date(2026, 2, 28), MAR)] == [False, True, True, False]
    assert not contact.works_at("acc_B", FEB)


def test_a_later_position_ends_the_earlier_one():
    employee = KnownEmployee(id="emp_1", positions=[a_position("a", JAN)])
    employee.assign(a_position("b", MAR), told_on=FEB)
    assert units(employee, date(2025, 12, 31), JAN, date(2026, 2, 28), MAR) == [None, "unt_a", "unt_a", "unt_b"]
    assert employee.present_path == "/unt_hq/unt_b/"


def test_another_unit_under_the_old_first_day_holds_from_the_day_it_was_told():
    employee = KnownEmployee(id="emp_1", positions=[a_position("a", JAN)])
    employee.assign(a_position("b", JAN), told_on=MAR)
    assert units(employee, JAN, FEB, MAR) == ["unt_a", "unt_a", "unt_b"]


def test_one_move_after_the_other_keeps_the_whole_past():
    employee = KnownEmployee(id="emp_1", positions=[a_position("a", JAN)])
    employee.assign(a_position("b", JAN), told_on=FEB)
    employee.assign(a_position("c", JAN), told_on=MAR)
    employee.assign(a_position("d", JAN), told_on=MAR)
    assert units(employee, JAN, FEB, MAR, APR) == ["unt_a", "unt_b", "unt_d", "unt_d"], "corrected on the same day"
    employee.assign(a_position("d", JAN, APR), told_on=APR)
    assert units(employee, JAN, FEB, MAR, APR) == ["unt_a", "unt_b", "unt_d", None]


def test_the_same_unit_again_keeps_its_first_day_and_takes_the_end():
    employee = KnownEmployee(id="emp_1", positions=[a_position("a", JAN)])
    employee.assign(a_position("a", FEB, APR), told_on=FEB)
    assert units(employee, JAN, MAR, APR) == ["unt_a", "unt_a", None]
    assert len(employee.positions) == 1


def test_telling_the_first_position_twice_changes_nothing():
    employee = an_employee()
    before = employee.model_copy(deep=True)
    employee.assign(employee.positions[0], told_on=MAR)
    assert employee == before
