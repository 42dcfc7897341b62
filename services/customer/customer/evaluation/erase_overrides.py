"""What overrides hold of a person: the words of who asked for them and who decided them."""

from chassis.work import UnitOfWork

from customer.erasure.model import ErasedPart, digest_of
from customer.erasure.person import Person
from customer.evaluation.overrides import ScoreOverride


async def erase_overrides(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Erase the reasons of all overrides of the person; that there were some, and scores, stays a fact."""
    parts: list[ErasedPart] = []
    for override in await work.survey(ScoreOverride, {"subject_id": person.contact.id}):
        fields = override.clear_personal()
        versions = await work.forget(override)
        work.save(override, override.erased())
        work.emit_stamps(override, person.contact.visible)
        parts.append(
            ErasedPart(
                noun=ScoreOverride.KIND,
                aggregate_id=override.id,
                fields=fields,
                versions=versions,
                digest=digest_of(override),
            )
        )
    return parts
