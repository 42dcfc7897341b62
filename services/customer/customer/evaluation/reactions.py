"""What other services tell of institutions and contacts that these may be scored by."""

from datetime import timedelta

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.analytics import EvaluationInputRecorded
from contracts.events.visits import VisitConfirmed
from contracts.values import ScoreSubject

from customer.evaluation.catalogue import VISITS
from customer.evaluation.inputs import InputValue


@reacts_to(EvaluationInputRecorded)
async def keep_input(event: EvaluationInputRecorded, work: UnitOfWork) -> None:
    """A figure was worked out, corrected or taken back; which it was before is still known."""
    told, sequence = event.input, work.cause.sequence or 0
    await work.put(
        InputValue(
            id=f"{told.input_id}:{sequence}",
            sequence=sequence,
            subject=told.subject,
            subject_id=told.subject_id,
            code=told.code,
            origin=told.input_id,
            period_from=told.period_from,
            period_to=told.period_to,
            value=told.value,
            recorded_us=work.recorded_us,
        )
    )


@reacts_to(VisitConfirmed)
async def count_visit(event: VisitConfirmed, work: UnitOfWork) -> None:
    """The institution was visited, and whoever took part was met."""
    visit, sequence = event.visit, work.cause.sequence or 0
    on = visit.visited_on or work.date_of(visit.planned_at)
    met = [(ScoreSubject.ACCOUNT, visit.account_id)] + [(ScoreSubject.CONTACT, one) for one in visit.attendees]
    for subject, subject_id in met:
        await work.put(
            InputValue(
                id=f"{visit.visit_id}:{subject_id}",
                sequence=sequence,
                subject=subject,
                subject_id=subject_id,
                code=VISITS,
                origin=visit.visit_id,
                period_from=on,
                period_to=on + timedelta(days=1),
                value=1.0,
                recorded_us=work.recorded_us,
            )
        )
