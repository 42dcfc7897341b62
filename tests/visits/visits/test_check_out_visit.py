"""Checking out."""

from datetime import timedelta

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.visits import VisitCheckedOut
from contracts.values import VisitState
from visits.visits.check_out_visit import CheckOutVisit, check_out_visit

from tests.visits.builders import NOW, checked_in


async def test_leaving_without_a_point_is_taken(work: FakeUnitOfWork):
    await work.given(checked_in())
    visit = await run_in(work, check_out_visit, CheckOutVisit(visit_id="vis_1", at=NOW))
    assert (visit.state, visit.checked_out_at, visit.check_out_fix) == (VisitState.CHECKED_OUT, NOW, None)
    assert [type(event) for event in work.emitted] == [VisitCheckedOut]


async def test_leaving_before_arriving_and_half_a_point_are_said_together(work: FakeUnitOfWork):
    await work.given(checked_in())
    with pytest.raises(RuleBroken) as refused:
        await check_out_visit(CheckOutVisit(visit_id="vis_1", at=NOW - timedelta(seconds=1), lat=1), work)
    assert [(v.field, v.code) for v in refused.value.violations] == [
        ("at", "out_before_in"),
        ("lon", "incomplete_point"),
    ]
    assert work.emitted == []


async def test_a_point_without_accuracy_counts_as_exact(work: FakeUnitOfWork):
    await work.given(checked_in())
    visit = await check_out_visit(CheckOutVisit(visit_id="vis_1", at=NOW, lat=1, lon=2), work)
    assert visit.check_out_fix is not None
    assert (visit.check_out_fix.point.lat, visit.check_out_fix.accuracy_m) == (1, 0)
