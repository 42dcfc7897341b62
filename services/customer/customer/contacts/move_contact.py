"""Move a contact's primary employment."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import AccountId, DepartmentId

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.contacts.places import judge_place
from customer.contacts.visibility import restamp, stamps_of
from customer.planning import refuse_far_plans
from customer.texts import Note, ShortText


class MoveContact(Command):
    """Move to another institution, department or role on a business date.

    The role that is not named stays as it is; so does the department within the same institution.
    """

    contact_id: str
    to_account_id: AccountId
    to_department_id: DepartmentId | None = None
    role: ShortText | None = None
    on: date
    evidence: Note | None = None


async def move_contact(command: MoveContact, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when institution, department and role are those of that date.

    Any institution of the directory may be the destination. A date in the past corrects what was believed, a date in
    the future is a plan.

    Raises: NotFound, Stale, Erased, MoveBeforeStart, RuleBroken with every other violation.
    """
    contact = await work.get(Contact, command.contact_id)
    target = await work.directory(Account, command.to_account_id, field="to_account_id")
    current = contact.primary_on(command.on)
    department_id, role = command.to_department_id, command.role
    if current is not None:
        named = command.model_fields_set
        role = role if "role" in named else current.role
        if "to_department_id" not in named and current.account_id == command.to_account_id:
            department_id = current.department_id
    if current is None or not current.is_at(command.to_account_id, department_id, role):
        await judge_place(
            work,
            target,
            department_id,
            start=command.on,
            until=current.valid_to if current else None,
            account_field="to_account_id",
            department_field="to_department_id",
        )
        refuse_far_plans(work, command.on, field="on")
    work.check()
    event = contact.move(
        account_id=command.to_account_id,
        department_id=department_id,
        role=role,
        on=command.on,
        evidence=command.evidence,
    )
    if event is None:
        return contact
    await restamp(contact, work)
    work.save(contact, event, valid_from=command.on)
    work.emit_stamps(contact, await stamps_of((event.from_account_id, event.to_account_id), work))
    return contact
