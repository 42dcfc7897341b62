"""Promotion's part in the submission of a visit."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.visits import VisitSubmitted

from promotion.disbursements.decide_disbursement import decide_disbursement


@reacts_to(VisitSubmitted)
async def book_or_refuse(event: VisitSubmitted, work: UnitOfWork) -> None:
    """Decide on the visit's materials; the answer goes out as `DisbursementBooked` or `DisbursementRefused`."""
    await decide_disbursement(event.visit, work)
