"""Facts that hold from a date: grades, parents."""

from datetime import date, timedelta

import pytest
from contracts.values import Grade
from customer.accounts.timelines import MAX_ENTRIES, GradeEntry, TimelineFull, holding_on, inserted
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.customer.builders import NOW, day

START = date(2026, 1, 1)


def an_entry(grade: Grade, on: date) -> GradeEntry:
    return GradeEntry(grade=grade, on=on, reason="because", recorded=NOW)


def test_what_was_recorded_to_come_later_still_comes_later():
    grades = [an_entry(Grade.G3A, day("2020-01-01"))]
    grades = inserted(grades, an_entry(Grade.G1A, day("2024-01-01"))) or []
    grades = inserted(grades, an_entry(Grade.G2A, day("2022-01-01"))) or []
    assert [(one.grade, one.on.year, one.until and one.until.year) for one in grades] == [
        (Grade.G3A, 2020, 2022),
        (Grade.G2A, 2022, 2024),
        (Grade.G1A, 2024, None),
    ]


def test_the_same_grade_again_changes_nothing():
    grades = [an_entry(Grade.G3A, day("2020-01-01"))]
    assert inserted(grades, an_entry(Grade.G3A, day("2024-01-01"))) is None


def test_a_timeline_is_bounded():
    grades = [an_entry([Grade.G3A, Grade.G2A][n % 2], START + timedelta(days=n)) for n in range(MAX_ENTRIES)]
    with pytest.raises(TimelineFull):
        inserted(grades, an_entry(Grade.G1A, START + timedelta(days=MAX_ENTRIES)))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([Grade.G3A, Grade.G2A, Grade.G1A]), st.integers(-5, 40)), max_size=10))
def test_a_grade_holds_from_its_date_to_the_next_one_known_whatever_the_order_of_telling(steps):
    """The oracle keeps a calendar: a telling covers the days from its date until the next date that was told of."""
    grades = [an_entry(Grade.UNGRADED, START)]
    believed = {offset: Grade.UNGRADED for offset in range(60)}
    told = {0}
    for grade, offset in steps:
        changed = inserted(grades, an_entry(grade, START + timedelta(days=offset)))
        if believed.get(offset) == grade:
            assert changed is None
            continue
        assert changed is not None
        grades = changed
        following = min((one for one in told if one > offset), default=60)
        believed |= {one: grade for one in range(offset, following)}
        told = {one for one in told | {offset} if believed.get(one) != believed.get(one - 1)}
    for offset in range(-8, 60):
        entry = holding_on(grades, START + timedelta(days=offset))
        assert (entry.grade if entry else None) == believed.get(offset)
    assert [one.until for one in grades[:-1]] == [one.on for one in grades[1:]]
