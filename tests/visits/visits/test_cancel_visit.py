"""Giving a visit up."""

from chassis.testing import FakeUnitOfWork, run_in
from contracts.events.visits import VisitCancelled
from contracts.values import VisitState
from visits.visits.cancel_visit import CancelVisit, cancel_visit
from visits.visits.entities import CancellationReason

from tests.visits.builders import a_visit


async def test_the_reason_is_published_as_a_code_and_the_words_stay(work: FakeUnitOfWork):
    await work.given(a_visit())
    command = CancelVisit(
        visit_id="vis_1", reason="Dr Li has fallen ill", reason_code=CancellationReason.CONTACT_UNAVAILABLE
    )
    visit = await run_in(work, cancel_visit, command)
    assert (visit.state, visit.cancellation_words) == (VisitState.CANCELLED, "Dr Li has fallen ill")
    (event,) = work.emitted
    assert isinstance(event, VisitCancelled)
    assert event.reason_code == "contact_unavailable"
    assert "fallen ill" not in event.model_dump_json() + str(work.journal())
