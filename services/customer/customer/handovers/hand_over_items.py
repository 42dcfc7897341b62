"""Let a successor take over, or note that an advance was settled."""

from datetime import date
from typing import Annotated

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.events.customer import HandoverItemKind
from contracts.ids import EmployeeId
from pydantic import BaseModel, ConfigDict, Field

from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import Account
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.model import Alignment
from customer.employees.model import Employee
from customer.handovers.depart_employee import judge_successor
from customer.handovers.model import Handover
from customer.handovers.outstanding import outstanding

ItemId = Annotated[str, Field(min_length=1, max_length=160, pattern=r"^[a-z]{3}_[0-9A-Za-z_]+$")]
AT_ONCE = 100
"""Items of one command."""


class HandoverItem(BaseModel):
    """An item of the checklist."""

    model_config = ConfigDict(extra="forbid")

    kind: HandoverItemKind
    id: ItemId


class HandOverItems(Command):
    """Items that an employee takes over: the successor unless another is named."""

    handover_id: str
    items: Annotated[list[HandoverItem], Field(min_length=1, max_length=AT_ONCE)]
    to_employee_id: EmployeeId | None = None


async def hand_over_items(command: HandOverItems, work: UnitOfWork) -> Handover:
    """The handover afterwards; institutions are under the unit, and covered by the person, of who has taken over.

    What has been taken over before is left as it is.

    Raises: NotFound, Stale, HandoverIsClosed; RuleBroken with every violation.
    """
    handover = await work.get(Handover, command.handover_id)
    to, heir = command.to_employee_id or handover.successor_id, None
    if to is not None:
        heir = await work.reference(Employee, to, field="to_employee_id")
        await judge_successor(work, heir, handover.employee_id, field="to_employee_id")
    on = max(handover.leaves_on, work.today)
    open_items = {(item.kind, item.id) for item in await outstanding(handover, work.survey)}
    wanted: list[tuple[HandoverItemKind, str]] = []
    for position, item in enumerate(command.items):
        key = (item.kind, item.id)
        field = f"items[{position}]"
        if item.kind is HandoverItemKind.STOCK:
            work.violate(f"{field}.kind", "stock_is_transferred", "stock is handed over by transfers")
        elif handover.is_taken(*key):
            continue
        elif key not in open_items:
            work.violate(f"{field}.id", "not_outstanding", f"{item.id} is not on the checklist")
        elif to is None and item.kind is not HandoverItemKind.ADVANCE:
            work.violate("to_employee_id", "successor_required", "name who takes over")
        wanted.append(key)
    work.check()
    event = handover.take_over(wanted, to=to, at=work.now, by=work.principal.subject)
    for kind, item_id in wanted:
        if heir is not None:
            await _rehome(kind, item_id, heir, on, work)
    if event:
        work.save(handover, event, valid_from=on)
    return handover


async def _rehome(kind: HandoverItemKind, item_id: str, heir: Employee, on: date, work: UnitOfWork) -> None:
    """Institutions come under the heir's unit, unless the heir works there already; so does their coverage."""
    positions = heir.positions_on(on) or [heir.main_on(on)]
    if kind is HandoverItemKind.ACCOUNT:
        account = await work.get(Account, item_id)
        if not any(account.unit_path.startswith(one.unit_path) for one in positions):
            await correct_account(CorrectAccount(account_id=item_id, unit_id=heir.main_on(on).unit_id), work)
    elif kind is HandoverItemKind.ALIGNMENT:
        alignment = await work.get(Alignment, item_id)
        current = alignment.holding_on(on)
        covered = current is not None and any(current.unit_id == one.unit_id for one in positions)
        elsewhere = {} if covered else {"unit_id": heir.main_on(on).unit_id}
        change = ChangeAlignment(alignment_id=item_id, valid_from=on, employee_id=heir.id, **elsewhere)
        await change_alignment(change, work)
