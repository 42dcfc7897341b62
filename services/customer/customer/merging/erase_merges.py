"""What merges hold of a person: the contacts that were merged into the person's, and values that went to another one."""

from typing import Any

from chassis.journal import IDENTITIES
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.contacts.same_person import merged_into
from customer.erasure.model import ErasedPart, Erasure, ErasureState, digest_of
from customer.erasure.person import IDENTIFYING, Person
from customer.merging.model import Merge


async def erase_merges(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Erase every contact that is the same person, and in a contact whose merge was undone what came from the person."""
    parts: list[ErasedPart] = []
    pointing = sorted(await merged_into(work.store, [person.contact.id]))
    ids = [person.contact.id, *pointing]
    same = await work.survey(Contact, {"_id": {"$in": pointing}})
    merges: dict[str, Merge] = {}
    for end in ("survivor_id", "merged_id"):
        merges |= {one.id: one for one in await work.survey(Merge, {end: {"$in": ids}})}
    for merge in merges.values():
        for other in {merge.survivor_id, merge.merged_id}.difference(ids):
            parts += await _take_back(other, person, work)
        work.save(merge, merge.erased(), valid_from=work.today)
        parts.append(ErasedPart(noun=Merge.KIND, aggregate_id=merge.id, fields=["reason"], versions=merge.version))
    for merged in same:
        fields = merged.clear_personal()
        versions = await work.forget(merged)
        part = ErasedPart(
            noun=Contact.KIND, aggregate_id=merged.id, fields=fields, versions=versions, digest=digest_of(merged)
        )
        parts.append(part)
        erasure = Erasure(
            state=ErasureState.DONE,
            at=work.now,
            by=work.principal.subject,
            reason=f"merged into {person.contact.id}",
            parts=[part],
        )
        work.save(merged, merged.erase(erasure, work.today), valid_from=work.today)
    return parts


async def _take_back(contact_id: str, person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Values of the person in versions of a contact that it was merged with for a time; the contact's own stay."""
    (other,) = await work.survey(Contact, {"_id": contact_id})
    own = {getattr(other, name) for name in IDENTIFYING}
    touched = 0
    for row in await work.store.find(IDENTITIES, {"aggregate_id": contact_id}):
        theirs = [
            name for name in IDENTIFYING if row["fields"].get(name) in person.words and row["fields"][name] not in own
        ]
        numbers: list[dict[str, Any]] = row["fields"].get("qualifications") or []
        kept = [one | {"number": None} if one.get("number") in person.words else one for one in numbers]
        if theirs or kept != numbers:
            change: dict[str, Any] = {f"fields.{name}": None for name in theirs}
            await work.store.update_one(
                IDENTITIES, {"_id": row["_id"]}, {"$set": change | {"fields.qualifications": kept}}
            )
            touched += 1
    return [ErasedPart(noun="merge", aggregate_id=None, fields=list(IDENTIFYING), versions=touched)] if touched else []
