"""What a realignment would do, on timelines alone, and against plain counting."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from customer.alignments.timeline import Assignment, assigned
from customer.realignments.simulation import Ground, Item, Key, gini, simulate
from customer.realignments.workload import workload
from hypothesis import given
from hypothesis import strategies as st

from tests.customer.alignments.test_timeline import an_assignment, on
from tests.customer.builders import TODAY, an_account

DAY = on(20)


def an_item(account: str = "acc_1", unit: str = "unt_2", employee: str = "emp_2", line: str = "lin_1") -> Item:
    """A target for the second territory."""
    return Item(account_id=account, line_id=line, to_unit_id=unit, employee_id=employee)


def ground(
    timelines: dict[Key, Sequence[Assignment]],
    *,
    workloads: dict[str, int] | None = None,
    closed: Sequence[str] = (),
    unfit: dict[str, str] | None = None,
) -> Ground:
    """Timelines by target; every institution is one point of work."""
    loads = {account: 100 for account, _ in timelines} | {"acc_1": 100} | (workloads or {})
    return Ground(timelines, loads, frozenset(closed), lambda employee, unit: (unfit or {}).get(employee))


ONE: Key = ("acc_1", "lin_1")
TWO: Key = ("acc_2", "lin_1")


def test_a_target_that_moves_takes_its_workload_along():
    report = simulate(
        [an_item()],
        ground({ONE: [an_assignment(0)], TWO: [an_assignment(0)]}, workloads={"acc_1": 250}),
        on=DAY,
        today=on(10),
    )
    assert [(one.unit_id, one.targets_before, one.targets_after) for one in report.territories] == [
        ("unt_1", 2, 1),
        ("unt_2", 0, 1),
    ]
    assert [(one.workload_before, one.workload_after) for one in report.territories] == [(350, 100), (0, 250)]
    assert (report.gini_before, report.gini_after) == (0.5, 0.2143)
    assert report.publishable


def test_a_target_that_nobody_had_is_gained():
    report = simulate([an_item()], ground({}), on=DAY, today=on(10))
    assert [(one.unit_id, one.targets_before, one.targets_after) for one in report.territories] == [("unt_2", 0, 1)]
    assert report.gini_before is None
    assert report.publishable


def test_two_items_of_one_target_overlap():
    report = simulate([an_item(), an_item(unit="unt_3")], ground({}), on=DAY, today=on(10))
    assert [(one.unit_id, one.reason) for one in report.overlaps] == [("unt_3", "listed_twice")]
    assert not report.publishable


def test_what_was_planned_by_hand_overlaps():
    report = simulate(
        [an_item()], ground({ONE: [an_assignment(0, 25), an_assignment(25, unit="unt_3")]}), on=DAY, today=on(10)
    )
    assert [(one.unit_id, one.since, one.reason) for one in report.overlaps] == [("unt_3", on(25), "planned_by_hand")]


def test_what_an_earlier_realignment_planned_gives_way():
    timeline = [an_assignment(0, 25), an_assignment(25, unit="unt_3", by="rea_1")]
    assert simulate([an_item()], ground({ONE: timeline}), on=DAY, today=on(10)).publishable


def test_days_without_anybody_until_the_realignment_are_a_gap_from_today_on():
    report = simulate([an_item()], ground({ONE: [an_assignment(0, 5)]}), on=DAY, today=on(10))
    assert [(one.account_id, one.since, one.until) for one in report.gaps] == [("acc_1", on(10), DAY)]
    assert simulate([an_item()], ground({ONE: [an_assignment(0, 5)]}), on=DAY, today=DAY).publishable


def test_a_target_of_an_affected_territory_that_ends_on_the_day_is_orphaned():
    report = simulate([an_item()], ground({ONE: [an_assignment(0)], TWO: [an_assignment(0, 20)]}), on=DAY, today=on(10))
    assert [(one.account_id, one.reason) for one in report.orphaned] == [("acc_2", "uncovered")]


@pytest.mark.parametrize("reason", ["representative_not_employed", "representative_elsewhere"])
def test_a_target_whose_representative_cannot_be_one_is_orphaned(reason: str):
    timelines: dict[Key, Sequence[Assignment]] = {ONE: [an_assignment(0)], TWO: [an_assignment(0, employee="emp_9")]}
    report = simulate([an_item()], ground(timelines, unfit={"emp_2": reason, "emp_9": reason}), on=DAY, today=on(10))
    assert [(one.account_id, one.employee_id, one.reason) for one in report.orphaned] == [
        ("acc_1", "emp_2", reason),
        ("acc_2", "emp_9", reason),
    ]


def test_closed_institutions_are_no_targets_unless_an_item_names_one():
    timelines: dict[Key, Sequence[Assignment]] = {ONE: [an_assignment(0)], TWO: [an_assignment(0, 20)]}
    assert simulate([an_item()], ground(timelines, closed=["acc_2"]), on=DAY, today=on(10)).publishable
    report = simulate([an_item()], ground(timelines, closed=["acc_1"]), on=DAY, today=on(10))
    assert ("acc_1", "institution_closed") in [(one.account_id, one.reason) for one in report.orphaned]


def test_long_lists_are_cut_and_counted_in_full():
    items = [an_item(account=f"acc_{number}") for number in range(600)] * 2
    report = simulate(items, ground({}), on=DAY, today=on(10))
    assert (len(report.overlaps), report.overlaps_count) == (500, 600)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_the_coefficient_is_the_mean_difference_of_all_pairs_over_twice_the_mean(values: list[int]):
    total = sum(values)
    pairs = sum(abs(one - other) for one in values for other in values)
    expected = None if total == 0 else round(pairs / (2 * len(values) * total), 4)
    found = gini(values)
    assert (found is None) == (expected is None)
    assert found is None or expected is None or abs(found - expected) < 1e-4


units = st.sampled_from(["1", "2", "3"])
ends = st.lists(st.integers(0, 39), min_size=1, max_size=4, unique=True)


@given(
    st.dictionaries(st.sampled_from("abcde"), st.tuples(ends, st.lists(units, min_size=3, max_size=3)), max_size=5),
    st.dictionaries(st.sampled_from("abcdef"), units, min_size=1, max_size=4),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500)),
)
def test_workloads_and_gaps_are_those_that_plain_counting_finds(
    told: dict[str, tuple[list[int], list[str]]], moves: dict[str, str], loads: dict[str, int]
):
    timelines: dict[Key, Sequence[Assignment]] = {}
    table: dict[str, list[str | None]] = {}
    for account, (days, names) in told.items():
        rows: list[str | None] = [None] * 41
        timeline: list[Assignment] = []
        for (start, end), unit in zip(pairwise(sorted(days)), names, strict=False):
            timeline = assigned(timeline, an_assignment(start, end, f"unt_{unit}", by="rea_0"))
            rows[start:end] = [f"unt_{unit}"] * (end - start)
        if timeline:
            timelines[f"acc_{account}", "lin_1"] = timeline
            table[account] = rows
    items = [an_item(f"acc_{account}", f"unt_{unit}") for account, unit in moves.items()]
    workloads = {f"acc_{name}": loads.get(name, 0) for name in "abcdef"}
    report = simulate(
        items, Ground(timelines, workloads, frozenset(), lambda employee, unit: None), on=DAY, today=on(0)
    )
    after = {account: list(rows) for account, rows in table.items()}
    for account, unit in moves.items():
        after.setdefault(account, [None] * 41)[20:] = [f"unt_{unit}"] * 21
    for load in report.territories:
        for which, rows in (("before", table), ("after", after)):
            here = [account for account, days in rows.items() if days[20] == load.unit_id]
            assert getattr(load, f"targets_{which}") == len(here)
            assert getattr(load, f"workload_{which}") == sum(loads.get(account, 0) for account in here)
    holes = 0
    for days in after.values():
        covered = [number for number, unit in enumerate(days) if unit]
        holes += sum(days[n] is None for n in range(covered[0], covered[-1]))
    assert sum((gap.until - gap.since).days for gap in report.gaps if gap.until) == holes


def test_work_grows_with_outpatients_and_inpatients_and_ends_with_the_institution():
    assert workload(an_account(), TODAY) == 100
    assert workload(an_account(outpatient_visits=100_000), TODAY) == 300
    assert workload(an_account(outpatient_visits=100_000, beds=250), TODAY) == 600
    assert workload(an_account(closed_on=TODAY), TODAY) == 0
