"""The life cycle of institutions."""

from datetime import date, timedelta

import pytest
from contracts.values import Stage
from customer.accounts.life_cycle import (
    NEXT,
    IllegalTransition,
    StageBeforeLast,
    StageEntry,
    called_off,
    closed_on,
    extended,
    stage_on,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.customer.builders import NOW, day

P, D, A, Z, G, C = Stage.PROSPECT, Stage.DEVELOPING, Stage.ACTIVE, Stage.DORMANT, Stage.CLOSING, Stage.CLOSED
LEGAL = {(P, D), (D, A), (A, Z), (Z, A), (P, G), (D, G), (A, G), (Z, G), (G, C)}


def a_timeline(*entries: tuple[Stage, str]) -> list[StageEntry]:
    (first, start), *others = entries
    stages = [StageEntry(stage=first, on=day(start), recorded=NOW)]
    for stage, on in others:
        stages = extended(stages, stage=stage, on=day(on), reason="because", recorded=NOW)
    return stages


@pytest.mark.parametrize("current", list(Stage))
@pytest.mark.parametrize("wanted", list(Stage))
def test_the_life_cycle_has_these_steps_and_no_others(current: Stage, wanted: Stage):
    stages = [StageEntry(stage=current, on=day("2026-01-01"), recorded=NOW)]
    if (current, wanted) in LEGAL:
        after = extended(stages, stage=wanted, on=day("2026-01-02"), reason=None, recorded=NOW)
        assert [entry.stage for entry in after] == [current, wanted]
    else:
        with pytest.raises(IllegalTransition):
            extended(stages, stage=wanted, on=day("2026-01-02"), reason=None, recorded=NOW)


def test_a_stage_lasts_until_the_next_one_begins():
    stages = a_timeline((P, "2024-01-01"), (D, "2025-01-01"), (A, "2026-01-01"))
    assert [(entry.on.year, entry.until and entry.until.year) for entry in stages] == [
        (2024, 2025),
        (2025, 2026),
        (2026, None),
    ]
    assert stage_on(stages, day("2023-12-31")) is None
    assert stage_on(stages, day("2024-12-31")) is P
    assert stage_on(stages, day("2025-01-01")) is D
    assert stage_on(stages, day("2030-01-01")) is A


def test_of_two_stages_of_one_day_the_later_recorded_holds():
    assert stage_on(a_timeline((P, "2024-01-01"), (D, "2024-01-01")), day("2024-01-01")) is D


def test_a_stage_cannot_begin_before_the_one_it_follows():
    with pytest.raises(StageBeforeLast) as refused:
        a_timeline((P, "2024-01-02"), (D, "2024-01-01"))
    assert refused.value.violations[0].field == "on"


def test_a_closure_can_be_planned():
    assert closed_on(a_timeline((P, "2024-01-01"), (G, "2027-01-01"))) == day("2027-01-01")
    assert closed_on(a_timeline((P, "2024-01-01"), (G, "2027-01-01"), (C, "2027-02-01"))) == day("2027-01-01")
    assert closed_on(a_timeline((P, "2024-01-01"), (D, "2027-01-01"))) is None


def test_from_closing_the_way_leads_back_to_where_it_was_and_nowhere_else():
    closing = a_timeline((P, "2024-01-01"), (D, "2025-01-01"), (G, "2026-01-01"))
    back = extended(closing, stage=D, on=day("2026-02-01"), reason="a new owner", recorded=NOW)
    assert closed_on(back) is None
    for other in (P, A, Z):
        with pytest.raises(IllegalTransition):
            extended(closing, stage=other, on=day("2026-02-01"), reason=None, recorded=NOW)


def test_a_planned_closing_that_is_called_off_leaves_no_trace_in_the_timeline():
    stages = a_timeline((P, "2024-01-01"), (G, "2027-01-01"))
    assert called_off(stages) == a_timeline((P, "2024-01-01"))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([D, A, Z, G, C]), st.integers(0, 40)), max_size=8), st.integers(-2, 60))
def test_the_stage_of_a_date_is_the_last_that_began_by_then(steps: list[tuple[Stage, int]], asked: int):
    start = date(2026, 1, 1)
    stages = [StageEntry(stage=P, on=start, recorded=NOW)]
    believed = {number: P for number in range(80)}
    last = 0
    for stage, offset in steps:
        back = stages[-1].stage is G and stages[-2].stage is stage
        legal = (stage in NEXT[stages[-1].stage] or back) and offset >= last
        try:
            stages = extended(stages, stage=stage, on=start + timedelta(days=offset), reason=None, recorded=NOW)
        except (IllegalTransition, StageBeforeLast):
            assert not legal
            continue
        assert legal
        last = offset
        believed |= {number: stage for number in range(offset, 80)}
    assert stage_on(stages, start + timedelta(days=asked)) == believed.get(asked)
    assert [entry.until for entry in stages[:-1]] == [entry.on for entry in stages[1:]]
