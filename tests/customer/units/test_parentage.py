"""The timeline of a unit's parents."""

from datetime import date

import pytest
from customer.units.parentage import MoveBeforeLast, Parentage, moved, parent_on

from tests.customer.builders import day

OPENED = [Parentage(parent_id="unt_a", valid_from=day("2024-01-01"))]


def shown(places: list[Parentage]) -> list[tuple[str | None, date, date | None]]:
    return [(place.parent_id, place.valid_from, place.valid_to) for place in places]


def test_the_former_parent_ends_the_day_the_new_one_starts():
    places = moved(OPENED, parent_id="unt_b", on=day("2026-03-01"), reason="x")
    assert shown(places) == [
        ("unt_a", day("2024-01-01"), day("2026-03-01")),
        ("unt_b", day("2026-03-01"), None),
    ]
    assert [getattr(parent_on(places, day(text)), "parent_id", None) for text in ("2023-12-31", "2026-02-28")] == [
        None,
        "unt_a",
    ]
    assert getattr(parent_on(places, day("2026-03-01")), "parent_id", None) == "unt_b"


def test_what_comes_last_is_put_right_on_its_own_date():
    planned = moved(OPENED, parent_id="unt_b", on=day("2026-12-01"), reason="x")
    other = moved(planned, parent_id="unt_c", on=day("2026-12-01"), reason="y")
    assert [place.parent_id for place in other] == ["unt_a", "unt_c"]


def test_moving_back_on_the_date_of_a_plan_drops_it():
    planned = moved(OPENED, parent_id="unt_b", on=day("2026-12-01"), reason="x")
    assert moved(planned, parent_id="unt_a", on=day("2026-12-01"), reason="never mind") == OPENED


def test_what_is_recorded_is_not_rewritten():
    planned = moved(OPENED, parent_id="unt_b", on=day("2026-12-01"), reason="x")
    with pytest.raises(MoveBeforeLast):
        moved(planned, parent_id="unt_c", on=day("2026-11-30"), reason="y")


def test_moving_to_where_it_stands_changes_nothing():
    assert moved(OPENED, parent_id="unt_a", on=day("2024-01-01"), reason="x") == OPENED
