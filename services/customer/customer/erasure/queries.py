"""The proof of an erasure."""

from datetime import datetime

from chassis.journal import IDENTITIES, JOURNAL
from chassis.reads import Reads
from chassis.refusals import NotFound
from pydantic import BaseModel

from customer.contacts.model import Contact
from customer.erasure.model import ErasedPart, Erasure, ErasureState, digest_of


class ErasedPartOut(BaseModel):
    """What was erased in one place; `digest` is the SHA-256 of the facts that were left there."""

    noun: str
    aggregate_id: str | None
    fields: list[str]
    versions: int
    digest: str | None


class RemainingOut(BaseModel):
    """What can be read now of the contact itself: personal fields, versions of them, words in the history."""

    fields: list[str]
    versions: int
    words: int


class ErasureOut(BaseModel):
    """What was erased when, by whom and why; `remaining` is looked up now, `facts_digest` computed now."""

    contact_id: str
    state: ErasureState
    at: datetime
    by: str
    reason: str
    completed_at: datetime | None
    parts: list[ErasedPartOut]
    remaining: RemainingOut
    facts_digest: str


def _part(part: ErasedPart) -> ErasedPartOut:
    return ErasedPartOut(**dict(part))


async def proof_of(read: Reads, contact_id: str) -> tuple[ErasureOut, int]:
    """The proof of an erasure, and the contact's version. Raises: NotFound, also when the contact was not erased."""
    contact = await read.get(Contact, contact_id)
    if contact.erasure is None:
        raise NotFound(f"{contact_id} was not erased")
    return await shown(read, contact, contact.erasure), contact.version


async def shown(read: Reads, contact: Contact, erasure: Erasure) -> ErasureOut:
    """The answer for an erasure, with what can be read now."""
    versions = await read.store.find(IDENTITIES, {"aggregate_id": contact.id})
    words = await read.store.find(JOURNAL, {"aggregate_id": contact.id, "reason": {"$type": "string"}})
    return ErasureOut(
        contact_id=contact.id,
        state=erasure.state,
        at=erasure.at,
        by=erasure.by,
        reason=erasure.reason,
        completed_at=erasure.completed_at,
        parts=[_part(part) for part in erasure.parts],
        remaining=RemainingOut(
            fields=contact.model_copy(deep=True).clear_personal(), versions=len(versions), words=len(words)
        ),
        facts_digest=digest_of(contact),
    )
