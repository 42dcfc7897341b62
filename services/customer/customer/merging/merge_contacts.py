"""What a merge does to two contacts and their affiliations."""

from chassis.work import UnitOfWork
from contracts.events.customer import ContactCorrected, ContactMerged

from customer.contacts.model import CORRECTABLE, Contact
from customer.contacts.visibility import restamp
from customer.merging.affiliations import fit
from customer.merging.fields import EXACT_KEYS, choose
from customer.merging.model import Child, Merge


async def merge_contacts(
    merge: Merge, survivor: Contact, merged: Contact, work: UnitOfWork, reason: str | None
) -> None:
    """Give the survivor the values and affiliations that are to be its own, and leave a sign behind."""
    before = survivor.model_copy(deep=True)
    merge.kept = [one.id for one in survivor.affiliations]
    choose(survivor, merged, merge.fields)
    fitted = fit(survivor.affiliations, merged.affiliations)
    aside = {one.id for one in fitted.set_aside}
    merge.children = [Child(kind="affiliation", id=one.id) for one in merged.affiliations if one.id not in aside]
    merge.adjustments, merge.set_aside = fitted.adjustments, sorted(aside)
    survivor.affiliations, merged.affiliations = fitted.timeline, fitted.set_aside
    for field in EXACT_KEYS["contact"]:
        setattr(merged, field, None)

    await restamp(survivor, work)
    merged.restamp_on = None
    told = ContactMerged(contact=merged.state(), merge_id=merge.id, on=work.today)
    work.save(merged, told, valid_from=work.today, reason=reason)  # first: it lets go of what the survivor may take
    changed = [field for field in (*CORRECTABLE, "affiliations") if getattr(survivor, field) != getattr(before, field)]
    events = [ContactCorrected(contact=survivor.state(), changed=changed)] if changed else []
    work.save(survivor, *events, reason=reason)
    work.emit_stamps(survivor, merged.visible)
