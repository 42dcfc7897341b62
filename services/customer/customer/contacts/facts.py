"""What is said of a contact."""

from typing import Any

from chassis.work import UnitOfWork
from pydantic import BaseModel, ConfigDict

from customer.contacts.mobile import e164
from customer.texts import ShortText, has_letters


class ContactFacts(BaseModel):
    """What may be told of a contact and need not be."""

    model_config = ConfigDict(extra="forbid")

    title: ShortText | None = None
    specialty: ShortText | None = None
    mobile: ShortText | None = None


def judged(facts: dict[str, Any], work: UnitOfWork) -> dict[str, Any]:
    """The facts as they are kept: the mobile number in E.164; violations are collected."""
    kept = dict(facts)
    if facts.get("name") is not None and not has_letters(facts["name"]):
        work.violate("name", "name_without_letters", "A name holds letters, ideographs or digits")
    if facts.get("mobile") is not None:
        kept["mobile"] = e164(facts["mobile"])
        if kept["mobile"] is None:
            work.violate("mobile", "invalid_mobile", "No telephone can have this number")
    return kept
