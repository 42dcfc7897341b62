"""What care cases hold of a person: words."""

from chassis.work import UnitOfWork

from customer.care.model import CareCase
from customer.contacts.same_person import merged_into
from customer.erasure.model import ErasedPart, digest_of
from customer.erasure.person import Person


async def erase_cases(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Erase the words of the person's cases, and of those of the person's institutions that name the person."""
    ids = [person.contact.id, *await merged_into(work.store, [person.contact.id])]
    found = await work.survey(CareCase, {"subject_id": {"$in": ids}})
    places = sorted({one.account_id for one in person.contact.affiliations})
    for case in await work.survey(CareCase, {"subject_id": {"$in": places}}):
        words = [case.text, *(one.text for one in case.answers), *(one.reason for one in case.reopenings)]
        if any(person.is_named_in(text) for text in words if text):
            found.append(case)
    parts: list[ErasedPart] = []
    for case in found:
        fields = case.clear_personal()
        versions = await work.forget(case)
        work.save(case, case.erased(), valid_from=work.today)
        parts.append(
            ErasedPart(
                noun=CareCase.KIND,
                aggregate_id=case.id,
                fields=fields,
                versions=versions,
                digest=digest_of(case),
            )
        )
    return parts
