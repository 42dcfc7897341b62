"""Register a contact."""

from datetime import date
from typing import Annotated

from chassis.command import Command
from chassis.ids import new_id
from chassis.work import UnitOfWork
from contracts.ids import AccountId, AffiliationId, ContactId, DepartmentId
from pydantic import BaseModel, ConfigDict, Field

from customer.accounts.model import Account
from customer.contacts.affiliations import FULL_SHARE, Affiliation, Share
from customer.contacts.facts import ContactFacts, judged, judged_qualifications
from customer.contacts.model import Contact
from customer.contacts.places import judge_place
from customer.contacts.qualifications import MAX_QUALIFICATIONS, QualificationEntry, QualificationFacts
from customer.contacts.visibility import restamp
from customer.planning import refuse_far_plans
from customer.texts import Name, ShortText


class FirstAffiliation(BaseModel):
    """Where a new contact works; from today unless it says otherwise."""

    model_config = ConfigDict(extra="forbid")

    account_id: AccountId
    department_id: DepartmentId | None = None
    role: ShortText | None = None
    share: Share = FULL_SHARE
    valid_from: date | None = None


class CreateContact(ContactFacts, Command):
    """Register a person and where they work. A loader may give ids."""

    contact_id: ContactId | None = None
    affiliation_id: AffiliationId | None = None
    name: Name
    affiliation: FirstAffiliation
    qualifications: Annotated[list[QualificationFacts], Field(max_length=MAX_QUALIFICATIONS)] = Field(
        default_factory=list[QualificationFacts]
    )


async def create_contact(command: CreateContact, work: UnitOfWork) -> Contact:
    """The new contact.

    Raises: RuleBroken with every violation; AlreadyRegistered at the end of the unit of work.
    """
    first = command.affiliation
    start = first.valid_from or work.today
    account = await work.reference(Account, first.account_id, field="affiliation.account_id")
    await judge_place(
        work,
        account,
        first.department_id,
        start=start,
        until=None,
        account_field="affiliation.account_id",
        department_field="affiliation.department_id",
    )
    refuse_far_plans(work, start, field="affiliation.valid_from")
    facts = judged({name: getattr(command, name) for name in ("name", *ContactFacts.model_fields)}, work)
    entries = [QualificationEntry(**dict(one)) for one in command.qualifications]
    facts["qualifications"] = judged_qualifications([], entries, work)
    work.check()
    contact = Contact(id=command.contact_id or Contact.new_id(), affiliations=[], created_at=work.now, **facts)
    contact.affiliate(
        Affiliation(
            id=command.affiliation_id or new_id("aff"),
            account_id=first.account_id,
            department_id=first.department_id,
            role=first.role,
            share=first.share,
            valid_from=start,
        )
    )
    await restamp(contact, work)
    work.add(contact, contact.created(), valid_from=start)
    return contact
