"""HTTP of visits."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Page, PageArgs, Permission, Prefer, Query, Read, Router, Run
from chassis.reads import Change
from contracts.ids import AccountId, EmployeeId
from contracts.values import VisitState

from visits.visits.cancel_visit import CancelVisit, cancel_visit
from visits.visits.check_in_visit import CheckInVisit, check_in_visit
from visits.visits.check_out_visit import CheckOutVisit, check_out_visit
from visits.visits.model import Visit
from visits.visits.plan_visit import PlanVisit, plan_visit
from visits.visits.queries import find_visits, wait_for_answer
from visits.visits.shapes import (
    CancellationBody,
    CheckInBody,
    CheckOutBody,
    PlanBody,
    ReportBody,
    SubmissionBody,
    VisitOut,
)
from visits.visits.submit_visit import SubmitVisit, submit_visit
from visits.visits.write_report import WriteReport, write_report

router = Router(prefix="/visits", tags=["visits"])


@router.post("", status_code=201, permission=Permission.VISITS_WRITE, response_model=VisitOut)
async def post_visit(body: PlanBody, run: Run) -> Answer:
    """Plan a visit. The same plan under the same client-made `visit_id` again gives the visit that there is."""
    locks = [f"visit:{body.visit_id}"] if body.visit_id else []
    return _shown(await run(plan_visit, PlanVisit(**body.fields()), locks=locks))


@router.get("", permission=Permission.VISITS_READ, response_model=Page[VisitOut])
async def list_visits(
    read: Read,
    page: PageArgs,
    account_id: AccountId | None = None,
    employee_id: EmployeeId | None = None,
    state: VisitState | None = None,
    since: Annotated[date | None, Query(alias="from", description="First planned business date")] = None,
    until: Annotated[date | None, Query(alias="to", description="Planned business dates before this one")] = None,
) -> Answer:
    """Visits in the caller's scope, the latest plan first; sort by `planned_at` or `id`."""
    return Answer(
        await find_visits(
            read, page, account_id=account_id, employee_id=employee_id, state=state, since=since, until=until
        )
    )


@router.get("/{visit_id}", permission=Permission.VISITS_READ, response_model=VisitOut)
async def get_visit(visit_id: str, read: Read) -> Answer:
    """One visit."""
    return _shown(await read.get(Visit, visit_id))


@router.get("/{visit_id}/history", permission=Permission.VISITS_READ, response_model=Page[Change])
async def get_history(visit_id: str, read: Read, page: PageArgs) -> Answer:
    """What became of the visit, oldest first; personal fields are named, never shown."""
    return Answer(await read.history(Visit, visit_id, page))


@router.post("/{visit_id}/check-in", permission=Permission.VISITS_WRITE, response_model=VisitOut)
async def post_check_in(visit_id: str, body: CheckInBody, run: Run) -> Answer:
    """Arrive. What looks odd about place and time is flagged, not refused."""
    return _shown(await run(check_in_visit, CheckInVisit(visit_id=visit_id, **body.fields()), subject=visit_id))


@router.post("/{visit_id}/check-out", permission=Permission.VISITS_WRITE, response_model=VisitOut)
async def post_check_out(visit_id: str, body: CheckOutBody, run: Run) -> Answer:
    """Leave."""
    return _shown(await run(check_out_visit, CheckOutVisit(visit_id=visit_id, **body.fields()), subject=visit_id))


@router.put("/{visit_id}/report", permission=Permission.VISITS_WRITE, response_model=VisitOut)
async def put_report(visit_id: str, body: ReportBody, run: Run) -> Answer:
    """Write the report; needs `If-Match` with the visit's ETag."""
    command = WriteReport(visit_id=visit_id, **body.fields())
    return _shown(await run(write_report, command, subject=visit_id, require_match=True))


@router.post(
    "/{visit_id}/submission",
    status_code=202,
    permission=Permission.VISITS_WRITE,
    response_model=VisitOut,
    responses={200: {"model": VisitOut, "description": "The visit as promotion's answer left it"}},
)
async def post_submission(
    visit_id: str, run: Run, read: Read, prefer: Prefer, body: SubmissionBody | None = None
) -> Answer:
    """Hand the report in. With `Prefer: wait=N` (≤ 30 s) the answer is 200 as soon as promotion has decided."""
    fields = body.fields() if body else {}
    visit = await run(submit_visit, SubmitVisit(visit_id=visit_id, **fields), subject=visit_id)
    seconds = prefer.wait()
    if seconds > 0:
        visit = await wait_for_answer(read, visit, seconds)
    if visit.state is not VisitState.SUBMITTED:
        return _shown(visit, status=200)
    return _shown(visit, headers={"location": f"/api/v1/visits/{visit_id}"})


@router.post("/{visit_id}/cancellation", permission=Permission.VISITS_WRITE, response_model=VisitOut)
async def post_cancellation(visit_id: str, body: CancellationBody, run: Run) -> Answer:
    """Give a planned visit up."""
    return _shown(await run(cancel_visit, CancelVisit(visit_id=visit_id, **body.fields()), subject=visit_id))


def _shown(visit: Visit, *, status: int | None = None, headers: dict[str, str] | None = None) -> Answer:
    return Answer(VisitOut.of(visit), version=visit.version, status=status, headers=headers)
