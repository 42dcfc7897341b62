"""Take up a further affiliation."""

from datetime import date

from chassis.command import Command
from chassis.ids import new_id
from chassis.work import UnitOfWork
from contracts.ids import AccountId, AffiliationId, DepartmentId
from pydantic import BaseModel, ConfigDict

from customer.accounts.model import Account
from customer.contacts.affiliations import Affiliation, Share
from customer.contacts.model import Contact
from customer.contacts.places import judge_place
from customer.contacts.visibility import restamp, stamps_of
from customer.planning import refuse_far_plans
from customer.texts import Note, ShortText


class AffiliationFacts(BaseModel):
    """A further affiliation: a second employment unless it says that it is the primary one; from today by default."""

    model_config = ConfigDict(extra="forbid")

    account_id: AccountId
    department_id: DepartmentId | None = None
    role: ShortText | None = None
    primary: bool = False
    share: Share
    valid_from: date | None = None
    valid_to: date | None = None
    evidence: Note | None = None


class TakeUpAffiliation(AffiliationFacts, Command):
    """Work at an institution beside the others, or after them. A loader may give the id."""

    contact_id: str
    affiliation_id: AffiliationId | None = None


async def take_up_affiliation(command: TakeUpAffiliation, work: UnitOfWork) -> Contact:
    """The contact afterwards. Any institution of the directory may be the place.

    Raises: NotFound, Stale, Erased, TwoPrimaries, AlreadyAffiliated, SharesExceedWhole, BeforeFirstAffiliation,
    EndsBeforeItStarts, RuleBroken with every other violation.
    """
    contact = await work.get(Contact, command.contact_id)
    start = command.valid_from or work.today
    account = await work.directory(Account, command.account_id, field="account_id")
    await judge_place(
        work,
        account,
        command.department_id,
        start=start,
        until=command.valid_to,
        account_field="account_id",
        department_field="department_id",
    )
    refuse_far_plans(work, start, field="valid_from")
    work.check()
    event = contact.take_up(
        Affiliation(
            id=command.affiliation_id or new_id("aff"),
            account_id=command.account_id,
            department_id=command.department_id,
            role=command.role,
            primary=command.primary,
            share=command.share,
            valid_from=start,
            valid_to=command.valid_to,
            evidence=command.evidence,
        )
    )
    await restamp(contact, work)
    work.save(contact, event, valid_from=start)
    work.emit_stamps(contact, await stamps_of((command.account_id,), work))
    return contact
