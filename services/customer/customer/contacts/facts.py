"""What is said of a contact."""

from collections.abc import Sequence
from typing import Any

from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict

from customer.contacts.licence import plain_licence
from customer.contacts.mobile import e164
from customer.contacts.qualifications import Qualification, QualificationEntry, arranged
from customer.texts import Name, ShortText, has_letters


class ContactFacts(BaseModel):
    """What may be told of a contact and need not be."""

    model_config = ConfigDict(extra="forbid")

    title: ShortText | None = None
    specialty: ShortText | None = None
    mobile: ShortText | None = None
    pinyin: Name | None = None
    """How the name is read, where the usual reading is not the right one."""
    licence: ShortText | None = None
    """The number of the licence to practise; an exact key."""


def judged(facts: dict[str, Any], work: UnitOfWork) -> dict[str, Any]:
    """The facts as they are kept: the mobile number in E.164; violations are collected."""
    kept = dict(facts)
    if facts.get("name") is not None and not has_letters(facts["name"]):
        work.violate("name", "name_without_letters", "A name holds letters, ideographs or digits")
    if facts.get("mobile") is not None:
        kept["mobile"] = e164(facts["mobile"])
        if kept["mobile"] is None:
            work.violate("mobile", "invalid_mobile", "No telephone can have this number")
    if facts.get("licence") is not None:
        kept["licence"] = plain_licence(facts["licence"])
        if kept["licence"] is None:
            work.violate("licence", "invalid_licence", "No licence can have this number")
    return kept


def judged_qualifications(
    present: Sequence[Qualification], entries: Sequence[QualificationEntry], work: UnitOfWork
) -> list[Qualification]:
    """The qualifications that replace the present ones; violations are collected."""
    kept, wrong = arranged(present, entries)
    work.collect(wrong)
    return kept
