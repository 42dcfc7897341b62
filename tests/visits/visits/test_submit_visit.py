"""Handing the report in."""

from datetime import timedelta

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.visits import VisitSubmitted
from contracts.values import VisitState
from visits.visits.refusals import SubmissionTooLate
from visits.visits.submit_visit import SubmitVisit, submit_visit

from tests.visits.builders import NOW, checked_out, reported


async def test_the_submission_tells_promotion_the_attempt_and_the_materials(work: FakeUnitOfWork):
    visit = checked_out()
    visit.write_report(attendees=["con_1"], products=[], feedback=None, materials=[], next_step=None)
    await work.given(visit)
    work.clock.advance(timedelta(hours=1))  # pyright: ignore
    submitted = await run_in(work, submit_visit, SubmitVisit(visit_id="vis_1"))
    assert (submitted.state, submitted.attempt, submitted.submitted_at) == (
        VisitState.SUBMITTED,
        1,
        NOW + timedelta(hours=1),
    )
    (event,) = work.emitted
    assert isinstance(event, VisitSubmitted)
    assert (event.visit.attempt, event.visit.state) == (1, VisitState.SUBMITTED)


async def test_all_that_is_missing_is_said_at_once(work: FakeUnitOfWork):
    await work.given(checked_out())
    with pytest.raises(RuleBroken) as refused:
        await submit_visit(SubmitVisit(visit_id="vis_1", at=NOW), work)
    assert [(v.field, v.code) for v in refused.value.violations] == [
        ("at", "submitted_before_out"),
        ("report", "report_missing"),
    ]
    assert work.emitted == []


async def test_the_devices_own_time_decides_whether_it_is_too_late(work: FakeUnitOfWork):
    await work.given(reported())
    work.clock.advance(timedelta(days=5))  # pyright: ignore
    with pytest.raises(SubmissionTooLate) as refused:
        await submit_visit(SubmitVisit(visit_id="vis_1"), work)
    assert refused.value.status == 409
    offline = await submit_visit(SubmitVisit(visit_id="vis_1", at=NOW + timedelta(hours=2)), work.next())
    assert offline.state is VisitState.SUBMITTED
