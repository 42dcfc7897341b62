"""What the search for duplicates holds of a person: digests of what is compared, and the words of who dismissed a pair."""

from chassis.work import UnitOfWork

from customer.duplicates.model import Candidate, Dismissal
from customer.erasure.model import ErasedPart, digest_of
from customer.erasure.person import Person


async def erase_duplicates(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Drop the pairs of the person, and erase digests and reasons of those that were dismissed."""
    parts: list[ErasedPart] = []
    pairs = await work.find(Candidate, {"sides": person.contact.id})
    for pair in pairs:
        await work.drop(Candidate, pair.id)
    if pairs:
        parts.append(ErasedPart(noun="duplicates", fields=["left_digest", "right_digest"], versions=len(pairs)))
    for side in ("left_id", "right_id"):
        for dismissal in await work.find(Dismissal, {side: person.contact.id}):
            fields = dismissal.clear_personal()
            versions = await work.forget(dismissal)
            work.save(dismissal)
            parts.append(
                ErasedPart(
                    noun=Dismissal.KIND,
                    aggregate_id=dismissal.id,
                    fields=fields,
                    versions=versions,
                    digest=digest_of(dismissal),
                )
            )
    return parts
