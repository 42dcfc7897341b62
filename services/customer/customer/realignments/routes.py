"""HTTP of realignments."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.events.customer import RealignmentStatus
from contracts.ids import AccountId, EmployeeId, LineId, UnitId
from pydantic import Field

from customer.realignments.draft_realignment import (
    DraftRealignment,
    ReviseRealignment,
    draft_realignment,
    revise_realignment,
)
from customer.realignments.model import MAX_ITEMS, Realignment
from customer.realignments.publish_realignment import PublishRealignment, publish_realignment
from customer.realignments.queries import RealignmentDetail, RealignmentOut, detail_of, list_realignments
from customer.realignments.simulate_realignment import SimulateRealignment, simulate_realignment
from customer.texts import Name

router = Router(prefix="/realignments", tags=["realignments"])

PUBLISHING = "publishing a realignment"
"""Publications queue: each looks at what the others have decided."""


class ItemBody(Body):
    """The territory and the representative that are to cover an institution for a line."""

    account_id: AccountId
    line_id: LineId
    to_unit_id: UnitId
    employee_id: EmployeeId


class RealignmentBody(Body):
    """A realignment to prepare: everything in it comes into force on one date."""

    name: Name
    effective_on: date
    items: Annotated[list[ItemBody], Field(min_length=1, max_length=MAX_ITEMS)]


@router.post("", status_code=201, permission=Permission.REALIGNMENTS_WRITE, response_model=RealignmentDetail)
async def post_realignment(body: RealignmentBody, run: Run, read: Read) -> Answer:
    """Draft a realignment."""
    realignment = await run(draft_realignment, DraftRealignment(**body.fields()))
    return Answer(await detail_of(read, realignment), version=realignment.version)


@router.get("", permission=Permission.REALIGNMENTS_READ, response_model=Page[RealignmentOut])
async def get_realignments(read: Read, page: PageArgs, state: RealignmentStatus | None = None) -> Answer:
    """The realignments, the latest first; sort by `created_at` or `effective_on`."""
    return Answer(await list_realignments(read, page, state=state))


@router.get("/{realignment_id}", permission=Permission.REALIGNMENTS_READ, response_model=RealignmentDetail)
async def get_realignment(realignment_id: str, read: Read) -> Answer:
    """One realignment with its items, its report and how far its publication has come."""
    realignment = await read.get(Realignment, realignment_id)
    return Answer(await detail_of(read, realignment), version=realignment.version)


@router.put("/{realignment_id}", permission=Permission.REALIGNMENTS_WRITE, response_model=RealignmentDetail)
async def put_realignment(realignment_id: str, body: RealignmentBody, run: Run, read: Read) -> Answer:
    """Replace the whole of a draft; it has to be simulated again."""
    command = ReviseRealignment(realignment_id=realignment_id, **body.fields())
    realignment = await run(
        revise_realignment, command, subject=realignment_id, require_match=True, locks=[realignment_id]
    )
    return Answer(await detail_of(read, realignment), version=realignment.version)


@router.post("/{realignment_id}/simulation", permission=Permission.REALIGNMENTS_WRITE, response_model=RealignmentDetail)
async def post_simulation(realignment_id: str, run: Run, read: Read) -> Answer:
    """Work out workload, balance, orphaned targets, gaps and overlaps as things stand now."""
    command = SimulateRealignment(realignment_id=realignment_id)
    realignment = await run(simulate_realignment, command, subject=realignment_id, locks=[realignment_id])
    return Answer(await detail_of(read, realignment), version=realignment.version)


@router.post(
    "/{realignment_id}/publication",
    status_code=202,
    permission=Permission.REALIGNMENTS_PUBLISH,
    response_model=RealignmentDetail,
)
async def post_publication(realignment_id: str, run: Run, read: Read) -> Answer:
    """Decide it as simulated; a job changes the alignments. 409 with the list while anything forbids it."""
    command = PublishRealignment(realignment_id=realignment_id)
    realignment = await run(publish_realignment, command, subject=realignment_id, locks=[realignment_id, PUBLISHING])
    return Answer(await detail_of(read, realignment), version=realignment.version)


@router.get("/{realignment_id}/history", permission=Permission.REALIGNMENTS_READ, response_model=Page[Change])
async def get_realignment_history(realignment_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first."""
    return Answer(await read.history(Realignment, realignment_id, page))
