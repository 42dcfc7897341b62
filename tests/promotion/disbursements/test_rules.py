"""Why a visit's materials cannot be booked, told all at once."""

from datetime import date

import pytest
from contracts.events.promotion import DisbursementLine
from hypothesis import given
from hypothesis import strategies as st
from promotion.disbursements.rules import objections

from tests.promotion.samples import TODAY, a_line, a_lot

LOTS = {lot.id: lot for lot in (a_lot("lot_1"), a_lot("lot_2"), a_lot("lot_old", expires_on=date(2026, 2, 28)))}


def told(*lines: DisbursementLine, available: dict[str, int] | None, on: date = TODAY) -> list[tuple[int | None, str]]:
    found = objections(lines, attendees=["con_1", "con_2"], lots=LOTS, available=available, on=on)
    return [(reason.line, reason.code) for reason in found]


def test_nothing_speaks_against_what_is_there():
    assert told(a_line(quantity=5), a_line("lot_2", "con_2", 1), available={"lot_1": 5, "lot_2": 1}) == []


def test_a_visit_without_materials_needs_no_stock_location():
    assert told(available=None) == []


def test_lines_of_one_lot_are_added_up_whatever_their_contact():
    lines = [a_line(quantity=3), a_line(contact_id="con_2", quantity=3), a_line(quantity=1)]
    assert told(*lines, available={"lot_1": 7}) == []
    assert told(*lines, available={"lot_1": 6}) == [(2, "insufficient_stock")]
    assert told(*lines, available={"lot_1": 5}) == [(1, "insufficient_stock"), (2, "insufficient_stock")]
    assert told(*lines, available={}) == [(n, "insufficient_stock") for n in range(3)]


def test_a_lot_is_good_on_the_day_it_expires_and_not_the_day_after():
    line = a_line("lot_old")
    assert told(line, available={"lot_old": 1}, on=date(2026, 2, 28)) == []
    assert told(line, available={"lot_old": 1}, on=date(2026, 3, 1)) == [(0, "lot_expired")]


@pytest.mark.parametrize("quantity", [0, -3, 1_000_001])
def test_an_invalid_quantity_is_named_and_not_counted(quantity: int):
    assert told(a_line(quantity=quantity), a_line(quantity=2), available={"lot_1": 2}) == [(0, "invalid_quantity")]


def test_all_reasons_of_all_lines_are_told():
    found = told(
        a_line("lot_none", "con_9", 0),
        a_line("lot_old", "con_9", 9),
        a_line("lot_1", "con_1", 9),
        available={"lot_1": 8},
    )
    assert found == [
        (0, "invalid_quantity"),
        (0, "unknown_lot"),
        (0, "contact_not_attending"),
        (1, "lot_expired"),
        (1, "contact_not_attending"),
        (1, "insufficient_stock"),
        (2, "insufficient_stock"),
    ]


def test_without_a_stock_location_that_is_told_instead_of_shortages():
    assert told(a_line("lot_none"), a_line(), available=None) == [(None, "no_stock_location"), (0, "unknown_lot")]


@given(
    drops=st.lists(st.tuples(st.sampled_from(["lot_1", "lot_2"]), st.integers(1, 20)), min_size=1, max_size=8),
    available=st.fixed_dictionaries({"lot_1": st.integers(0, 60), "lot_2": st.integers(0, 60)}),
)
def test_lines_are_refused_exactly_when_a_lot_runs_short(drops: list[tuple[str, int]], available: dict[str, int]):
    short = any(sum(units for lot, units in drops if lot == of) > available[of] for of in available)
    assert bool(told(*(a_line(lot, quantity=units) for lot, units in drops), available=available)) == short
