"""The timeline of assignments, day by day against a plain table of days."""

from datetime import date, timedelta

import pytest
from chassis.refusals import Refusal
from customer.alignments.timeline import (
    Assignment,
    AssignmentEndsBeforeItStarts,
    NotCovered,
    TwoPrimaryRepresentatives,
    assigned,
    changed,
    ended,
    gaps,
    holding_on,
    next_change,
    realigned,
)
from hypothesis import given
from hypothesis import strategies as st

START = date(2026, 1, 1)
DAYS = 40
"""Days that the plain table has; commands speak of the first 30, so that what lasts shows beyond."""

Cover = tuple[str, str] | None
Table = list[Cover]


def on(number: int) -> date:
    """The date of a row of the table."""
    return START + timedelta(days=number)


def an_assignment(
    start: int, end: int | None = None, unit: str = "unt_1", employee: str = "emp_1", by: str | None = None
) -> Assignment:
    """An assignment by rows of the table."""
    return Assignment(
        unit_id=unit,
        employee_id=employee,
        valid_from=on(start),
        valid_to=None if end is None else on(end),
        realignment_id=by,
    )


def table_of(assignments: list[Assignment]) -> Table:
    """What holds on each day, by asking for each day; fails where two do."""
    rows: Table = []
    for number in range(DAYS):
        holding = [one for one in assignments if one.holds_on(on(number))]
        assert len(holding) <= 1
        rows.append((holding[0].unit_id, holding[0].employee_id) if holding else None)
    return rows


rows = st.integers(0, 29)
names = st.sampled_from(["1", "2", "3"])
assigning = st.tuples(st.just("assign"), rows, st.none() | st.integers(-1, 12), names, names)
changing = st.tuples(st.just("change"), rows, st.none(), st.none() | names, st.none() | names)
ending = st.tuples(st.just("end"), rows, st.none(), st.none(), st.none())
realigning = st.tuples(st.just("realign"), rows, st.none(), names, names)


class Oracle:
    """The same commands on a table of days, with the starts of what was said by hand."""

    def __init__(self) -> None:
        self.table: Table = [None] * DAYS

    def assign(self, start: int, length: int | None, cover: Cover) -> type[Refusal] | None:
        end = DAYS if length is None else start + length
        if end <= start:
            return AssignmentEndsBeforeItStarts
        if any(self.table[start:end]):
            return TwoPrimaryRepresentatives
        self.table[start:end] = [cover] * (end - start)
        return None


@given(st.lists(st.one_of(assigning, changing, ending, realigning), max_size=14))
def test_the_timeline_says_for_every_day_what_a_table_of_days_says(commands: list[tuple]):
    oracle, timeline = Oracle(), list[Assignment]()
    for number, (verb, start, length, unit, employee) in enumerate(commands):
        before = list(oracle.table)
        current = holding_on(timeline, on(start))
        expected: type[Refusal] | None = None
        try:
            if verb == "assign":
                expected = oracle.assign(start, length, (f"unt_{unit}", f"emp_{employee}"))
                end = None if length is None else start + length
                timeline = assigned(timeline, an_assignment(start, end, f"unt_{unit}", f"emp_{employee}"))
            elif verb in ("change", "end"):
                expected = NotCovered if before[start] is None else None
                if current is not None:
                    last = DAYS if current.valid_to is None else (current.valid_to - START).days
                    there = (
                        None
                        if verb == "end"
                        else (
                            f"unt_{unit}" if unit else current.unit_id,
                            f"emp_{employee}" if employee else current.employee_id,
                        )
                    )
                    oracle.table[start:last] = [there] * (last - start)
                timeline = (
                    ended(timeline, on=on(start))
                    if verb == "end"
                    else changed(
                        timeline,
                        on=on(start),
                        unit_id=f"unt_{unit}" if unit else None,
                        employee_id=f"emp_{employee}" if employee else None,
                    )
                )
            else:
                by_hand = [one for one in timeline if one.valid_from > on(start) and one.realignment_id is None]
                expected = TwoPrimaryRepresentatives if by_hand else None
                if not by_hand:
                    oracle.table[start:] = [(f"unt_{unit}", f"emp_{employee}")] * (DAYS - start)
                timeline = realigned(
                    timeline, an_assignment(start, None, f"unt_{unit}", f"emp_{employee}", by=f"rea_{number}")
                )
            refused = None
        except Refusal as refusal:
            refused = type(refusal)
        assert refused is expected
        assert refused is None or oracle.table == before
        assert table_of(timeline) == oracle.table
        covered = [number for number, cover in enumerate(oracle.table) if cover]
        holes = [n for n in range(covered[0], covered[-1]) if oracle.table[n] is None] if covered else []
        told = [n for n in range(DAYS) if any(gap.since <= on(n) < gap.until for gap in gaps(timeline) if gap.until)]
        assert told == holes


@given(st.lists(assigning, max_size=8), rows)
def test_the_next_change_is_the_first_day_ahead_with_another_cover(commands: list[tuple], today: int):
    timeline: list[Assignment] = []
    for _, start, length, unit, employee in commands:
        try:
            end = None if length is None else start + length
            timeline = assigned(timeline, an_assignment(start, end, f"unt_{unit}", f"emp_{employee}"))
        except Refusal:
            continue
    table = [*table_of(timeline)]
    differing = [number for number in range(today + 1, DAYS) if table[number] != table[number - 1]]
    wanted = next_change(timeline, on(today))
    assert wanted == (on(differing[0]) if differing else None) or (wanted and wanted > on(DAYS - 1))


def test_the_refusal_names_what_stands_in_the_way():
    with pytest.raises(TwoPrimaryRepresentatives) as refused:
        assigned([an_assignment(0, 10)], an_assignment(9, unit="unt_2"))
    assert refused.value.code == "two_primary_representatives"
    assert refused.value.facts["overlaps"] == [an_assignment(0, 10).model_dump(mode="json")]


def test_one_may_begin_on_the_day_the_other_ends():
    both = assigned([an_assignment(0, 10)], an_assignment(10, unit="unt_2"))
    assert [one.unit_id for one in both] == ["unt_1", "unt_2"]


def test_a_change_keeps_what_is_planned_to_come_after():
    timeline = [an_assignment(0, 20), an_assignment(20, unit="unt_2")]
    after = changed(timeline, on=on(10), employee_id="emp_9")
    assert [(one.unit_id, one.employee_id, one.valid_from) for one in after] == [
        ("unt_1", "emp_1", on(0)),
        ("unt_1", "emp_9", on(10)),
        ("unt_2", "emp_1", on(20)),
    ]


def test_a_realignment_replaces_what_an_earlier_one_had_planned():
    timeline = realigned([an_assignment(0)], an_assignment(20, unit="unt_2", by="rea_1"))
    after = realigned(timeline, an_assignment(15, unit="unt_3", by="rea_2"))
    assert [(one.unit_id, one.valid_from) for one in after] == [("unt_1", on(0)), ("unt_3", on(15))]


def test_a_realignment_does_not_replace_what_was_planned_by_hand():
    timeline = [an_assignment(0, 20), an_assignment(20, unit="unt_2")]
    with pytest.raises(TwoPrimaryRepresentatives):
        realigned(timeline, an_assignment(15, unit="unt_3", by="rea_2"))
