"""Change the role that a contact has at an institution."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.contacts.affiliations import Share
from customer.contacts.model import Contact
from customer.contacts.visibility import restamp
from customer.planning import refuse_far_plans
from customer.texts import ShortText


class ChangeRole(Command):
    """Another role at the same place from a business date; the share stays unless another is given."""

    contact_id: str
    affiliation_id: str
    role: ShortText | None
    share: Share | None = None
    on: date


async def change_role(command: ChangeRole, work: UnitOfWork) -> Contact:
    """The contact afterwards; nothing is recorded when role and share are those of that date.

    Raises: NotFound, Stale, Erased, OutsideAffiliation, SharesExceedWhole, RuleBroken.
    """
    contact = await work.get(Contact, command.contact_id)
    refuse_far_plans(work, command.on, field="on")
    work.check()
    event = contact.change_role(command.affiliation_id, role=command.role, share=command.share, on=command.on)
    if event is None:
        return contact
    await restamp(contact, work)
    work.save(contact, event, valid_from=command.on)
    return contact
