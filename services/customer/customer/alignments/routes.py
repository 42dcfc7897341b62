"""HTTP of alignments. Commands that meet on one institution queue on its id instead of undoing one another."""

from datetime import date

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.ids import AccountId, EmployeeId, LineId, UnitId

from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.model import Alignment
from customer.alignments.queries import AlignmentFilter, AlignmentOut, list_alignments
from customer.texts import Note, absent
from customer.timetravel import AsOf, KnownAt, Today

router = Router(prefix="/alignments", tags=["alignments"])


class AssignmentBody(Body):
    """A territory and a representative to cover an institution for a line; without `valid_to` until further notice."""

    account_id: AccountId
    line_id: LineId
    unit_id: UnitId
    employee_id: EmployeeId
    valid_from: date
    valid_to: date | None = None


class ChangeBody(Body):
    """From `valid_from` the territory or the representative is another one, or with `end` nobody."""

    valid_from: date
    unit_id: UnitId = absent()
    employee_id: EmployeeId = absent()
    end: bool = False
    reason: Note | None = None


@router.post("", status_code=201, permission=Permission.ALIGNMENTS_WRITE, response_model=AlignmentOut)
async def post_alignment(body: AssignmentBody, run: Run, today: Today) -> Answer:
    """Cover an institution for a line; 409 `two_primary_representatives` where another one covers it at that time."""
    command = AssignTerritory(**body.fields())
    alignment = await run(assign_territory, command, locks=[body.account_id, body.unit_id])
    return Answer(
        AlignmentOut.of(alignment, today), version=alignment.version, location=f"/api/v1/alignments/{alignment.id}"
    )


@router.get("", permission=Permission.ALIGNMENTS_READ, response_model=Page[AlignmentOut])
async def get_alignments(
    read: Read,
    page: PageArgs,
    today: Today,
    account_id: AccountId | None = None,
    line_id: LineId | None = None,
    unit_id: UnitId | None = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Answer:
    """The alignments in the caller's scope; `unit_id` shows those of today, or of `as_of`, of the unit and below."""
    wanted = AlignmentFilter(account_id=account_id, line_id=line_id, unit_id=unit_id, as_of=as_of, known_at=known_at)
    return Answer(await list_alignments(read, page, wanted, today))


@router.get("/{alignment_id}", permission=Permission.ALIGNMENTS_READ, response_model=AlignmentOut)
async def get_alignment(
    alignment_id: str, read: Read, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """One alignment, on the date and with the knowledge asked for; the ETag is that of what is known now."""
    alignment = await read.at(Alignment, alignment_id, known_at=known_at)
    return Answer(AlignmentOut.of(alignment, as_of or today), version=alignment.version if known_at is None else None)


@router.post("/{alignment_id}/changes", permission=Permission.ALIGNMENTS_WRITE, response_model=AlignmentOut)
async def post_change(alignment_id: str, body: ChangeBody, run: Run, today: Today) -> Answer:
    """Hand over to another territory or representative from a date, or end the coverage."""
    command = ChangeAlignment(alignment_id=alignment_id, **body.fields())
    alignment = await run(change_alignment, command, subject=alignment_id, locks=[alignment_id])
    return Answer(AlignmentOut.of(alignment, today), version=alignment.version)


@router.get("/{alignment_id}/history", permission=Permission.ALIGNMENTS_READ, response_model=Page[Change])
async def get_alignment_history(alignment_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when, by whom and why, oldest first."""
    return Answer(await read.history(Alignment, alignment_id, page))
