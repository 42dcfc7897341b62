"""What speaks of an institution or a contact and was raised by somebody: a change request, a care case.

Whoever sees the subject sees it, and so does the unit of who raised it. It follows both.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.restamping import Followers
from chassis.work import UnitOfWork
from contracts.ids import AccountId
from contracts.values import Stamp
from pydantic import Field, StringConstraints

from customer.accounts.model import Account
from customer.contacts.model import Contact
from customer.contacts.visibility import stamps_of
from customer.units.model import Unit

SubjectId = Annotated[str, StringConstraints(pattern=r"^(acc|con)_[0-9A-Za-z]{1,48}$")]
"""The id of an institution or a contact."""


class SubjectKind(StrEnum):
    """What something speaks of."""

    ACCOUNT = "account"
    CONTACT = "contact"


SUBJECTS: dict[SubjectKind, type[Account] | type[Contact]] = {
    SubjectKind.ACCOUNT: Account,
    SubjectKind.CONTACT: Contact,
}


class About(Aggregate):
    """Something about an institution or a contact."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("subject_id", 1)]),
        Index([("account_ids", 1)]),
        Index([("home_unit_id", 1)]),
    ]

    subject: SubjectKind
    subject_id: str | None = None
    account_ids: list[AccountId] = Field(default_factory=list[AccountId])
    """The institutions whose people see it: the subject, or where the contact works."""
    home_unit_id: str
    """The unit of who raised it."""
    home_path: str


async def restamp(about: About, work: UnitOfWork) -> bool:
    """Give it the stamps of today; True when they are others."""
    before = (about.visible, about.account_ids, about.home_path)
    unit = await work.survey(Unit, {"_id": about.home_unit_id})
    if unit:
        about.home_path = unit[0].path
    stamps = {Stamp(path=about.home_path)}
    if about.subject_id is not None:
        subject = (await work.survey(SUBJECTS[about.subject], {"_id": about.subject_id}))[0]
        stamps |= set(subject.visible)
        if isinstance(subject, Contact):
            about.account_ids = sorted({one.account_id for one in subject.lasting(work.today)})
            if about.account_ids:
                stamps = {Stamp(path=about.home_path), *await stamps_of(about.account_ids, work)}
        else:
            about.account_ids = [subject.id]
    about.visible = sorted(stamps, key=lambda stamp: (stamp.path, stamp.line))
    return before != (about.visible, about.account_ids, about.home_path)


def followers(model: type[About]) -> tuple[Followers[Any], Followers[Any], Followers[Any]]:
    """What of a kind follows an institution, a contact, and the unit of who raised it."""
    by = {"account": "account_ids", "contact": "subject_id", "unit": "home_unit_id"}
    at_account, about_contact, of_unit = (
        Followers(
            name=f"{model.KIND}s by {what}",
            model=model,
            rows=lambda owner_id, today, field=field: {field: owner_id},
            restamp=restamp,
        )
        for what, field in by.items()
    )
    return at_account, about_contact, of_unit
