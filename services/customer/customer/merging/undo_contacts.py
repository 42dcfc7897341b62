"""What the undoing of a merge does to two contacts and their affiliations."""

from chassis.work import UnitOfWork
from contracts.events.customer import ContactCorrected, ContactUnmerged

from customer.contacts.affiliations import in_order
from customer.contacts.model import CORRECTABLE, Contact
from customer.contacts.visibility import restamp
from customer.erasure.model import Erased
from customer.merging.fields import divide_fields
from customer.merging.homes import Homes
from customer.merging.model import DividedField, Merge


async def undo_contacts(
    merge: Merge,
    survivor: Contact,
    merged: Contact,
    before: tuple[Contact, Contact],
    homes: Homes,
    work: UnitOfWork,
    reason: str | None,
) -> list[DividedField]:
    """Give both contacts their values and affiliations; what became of the fields.

    Raises: Erased when the person they are was erased.
    """
    if survivor.erasure is not None:
        raise Erased
    homes.judge([one.id for one in survivor.affiliations], work)
    work.check()
    present = survivor.model_copy(deep=True)
    fields = divide_fields(survivor, merged, before, merge.fields)
    going, staying = [], []
    for job in survivor.affiliations:
        side = homes.of(job.id)
        homes.tell("affiliation", job.id, side)
        again = merge.before_fitting(job.id, {"primary": job.primary, "share": job.share})
        (going if side == "merged" else staying).append(job.model_copy(update=again))
    survivor.affiliations = in_order(staying)
    merged.affiliations = in_order([*merged.affiliations, *going])

    await restamp(survivor, work)
    await restamp(merged, work)
    changed = [field for field in (*CORRECTABLE, "affiliations") if getattr(survivor, field) != getattr(present, field)]
    events = [ContactCorrected(contact=survivor.state(), changed=changed)] if changed else []
    work.save(survivor, *events, reason=reason)
    told = ContactUnmerged(contact=merged.state(), merge_id=merge.id, was_survivor_id=survivor.id)
    work.save(merged, told, reason=reason)  # second: it takes back what the survivor lets go of
    return fields
