"""HTTP of leaving and handing over. Commands that meet on one handover queue on its id."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Caller, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change
from contracts.events.customer import HandoverItemKind
from contracts.ids import EmployeeId
from pydantic import Field

from customer.handovers.close_handover import CloseHandover, close_handover
from customer.handovers.depart_employee import DepartEmployee, depart_employee
from customer.handovers.hand_over_items import AT_ONCE, HandoverItem, HandOverItems, hand_over_items
from customer.handovers.model import Advance, Handover
from customer.handovers.queries import ChecklistOut, HandoverOut, checklist, list_handovers
from customer.handovers.write_down_entry import WriteDownEntry, write_down_entry
from customer.texts import Line, Note

router = Router(prefix="/handovers", tags=["handovers"])
departures = Router(prefix="/employees", tags=["employees"])


class DepartureBody(Body):
    """A departure; `on` is the first day without a position."""

    on: date
    reason: Note
    successor_id: EmployeeId | None = None


class EntryBody(Body):
    """A plan, a task or an advance to put on the checklist; an advance has an amount."""

    kind: HandoverItemKind
    title: Line
    amount: Advance | None = None


class ItemBody(HandoverItem, Body):
    """An item of the checklist."""


class ItemsBody(Body):
    """Items that were taken over, by the successor unless another is named."""

    items: Annotated[list[ItemBody], Field(min_length=1, max_length=AT_ONCE)]
    to_employee_id: EmployeeId | None = None


@departures.post(
    "/{employee_id}/departure", status_code=201, permission=Permission.EMPLOYEES_WRITE, response_model=HandoverOut
)
async def post_departure(employee_id: str, body: DepartureBody, run: Run) -> Answer:
    """Let an employee leave: all positions end, and from that day the login is good for handing over only."""
    command = DepartEmployee(employee_id=employee_id, **body.fields())
    handover = await run(depart_employee, command, subject=employee_id, locks=[employee_id])
    return Answer(HandoverOut.of(handover), location=f"/api/v1/handovers/{handover.id}")


@router.get("", permission=Permission.HANDOVERS_READ, response_model=Page[HandoverOut])
async def get_handovers(
    read: Read, page: PageArgs, caller: Caller, employee_id: EmployeeId | None = None, closed: bool | None = None
) -> Answer:
    """The handovers in the caller's scope."""
    return Answer(await list_handovers(read, page, caller, employee_id=employee_id, closed=closed))


@router.get("/{handover_id}", permission=Permission.HANDOVERS_READ, response_model=ChecklistOut)
async def get_handover(handover_id: str, read: Read, caller: Caller) -> Answer:
    """One handover with what is still outstanding."""
    shown = await checklist(read, caller, handover_id)
    return Answer(shown, version=shown.version)


@router.post("/{handover_id}/entries", permission=Permission.HANDOVERS_WRITE, response_model=HandoverOut)
async def post_entry(handover_id: str, body: EntryBody, run: Run) -> Answer:
    """Put a plan, a task or an advance on the checklist."""
    command = WriteDownEntry(handover_id=handover_id, **body.fields())
    handover = await run(write_down_entry, command, subject=handover_id, locks=[handover_id])
    return Answer(HandoverOut.of(handover), version=handover.version)


@router.post("/{handover_id}/items", permission=Permission.HANDOVERS_WRITE, response_model=HandoverOut)
async def post_items(handover_id: str, body: ItemsBody, run: Run) -> Answer:
    """Note who has taken over what; institutions and their coverage go to that person's unit."""
    command = HandOverItems(handover_id=handover_id, **body.fields())
    handover = await run(hand_over_items, command, subject=handover_id, locks=[handover_id])
    return Answer(HandoverOut.of(handover), version=handover.version)


@router.post("/{handover_id}/closure", permission=Permission.EMPLOYEES_WRITE, response_model=HandoverOut)
async def post_handover_closure(handover_id: str, run: Run) -> Answer:
    """Close the record of the employment; refused with the list while own stock or advances are not zero."""
    handover = await run(
        close_handover, CloseHandover(handover_id=handover_id), subject=handover_id, locks=[handover_id]
    )
    return Answer(HandoverOut.of(handover), version=handover.version)


@router.get("/{handover_id}/history", permission=Permission.HANDOVERS_READ, response_model=Page[Change])
async def get_handover_history(handover_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first."""
    return Answer(await read.history(Handover, handover_id, page))
