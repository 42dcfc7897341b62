"""What the influence network holds of a person: the words that say how an influence is known."""

from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.erasure.model import ErasedPart, digest_of
from customer.erasure.person import Person
from customer.influence.model import Influence


async def erase_influences(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Erase the sources of all influences of the person and on the person; that there was one stays a fact."""
    parts: list[ErasedPart] = []
    found: dict[str, Influence] = {}
    for end in ("from_contact_id", "to_contact_id"):
        found |= {one.id: one for one in await work.find(Influence, {end: person.contact.id})}
    for influence in found.values():
        fields = influence.clear_personal()
        versions = await work.forget(influence)
        other_id = _other(influence, person.contact.id)
        other = await work.find_one(Contact, {"_id": other_id})
        work.save(influence, influence.erased(work.today), valid_from=work.today)
        work.emit_stamps(influence, [*person.contact.visible, *(other.visible if other else [])])
        parts.append(
            ErasedPart(
                noun=Influence.KIND,
                aggregate_id=influence.id,
                fields=fields,
                versions=versions,
                digest=digest_of(influence),
            )
        )
    return parts


def _other(influence: Influence, contact_id: str) -> str:
    return influence.to_contact_id if influence.from_contact_id == contact_id else influence.from_contact_id
