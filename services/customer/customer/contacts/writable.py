"""Which contacts can be written to."""

from chassis.refusals import Conflict
from chassis.work import UnitOfWork

from customer.contacts.model import Contact


class Erased(Conflict):
    """The person's data were erased; what is left are facts about nobody."""

    code = "erased"
    title = "The contact was erased"


async def writable(contact_id: str, work: UnitOfWork) -> Contact:
    """The contact that a command changes or speaks of. Raises: NotFound, Stale, Erased."""
    contact = await work.get(Contact, contact_id)
    if contact.erasure is not None:
        raise Erased
    return contact
