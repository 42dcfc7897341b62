"""What change requests hold of a person: proposed values, words and files."""

from chassis.work import UnitOfWork

from customer.about import SubjectKind
from customer.change_requests.evidence import remove_evidence
from customer.change_requests.model import ChangeRequest, Evidence
from customer.contacts.same_person import merged_into
from customer.erasure.model import ErasedPart, digest_of
from customer.erasure.person import Person


async def erase_requests(person: Person, work: UnitOfWork) -> list[ErasedPart]:
    """Erase the requests about the person, and those that propose the person as somebody new or name the person."""
    ids = [person.contact.id, *await merged_into(work.store, [person.contact.id])]
    found = {one.id: one for one in await work.survey(ChangeRequest, {"subject_id": {"$in": ids}})}
    about_nobody = {"subject": SubjectKind.CONTACT.value, "subject_id": None}
    for request in await work.survey(ChangeRequest, about_nobody):
        if person.is_named_in(f"{[one.proposed for one in request.proposals]} {request.reason} {request.note}"):
            found[request.id] = request
    parts: list[ErasedPart] = []
    for request in found.values():
        for evidence in await work.survey(Evidence, {"request_id": request.id}):
            await remove_evidence(evidence, work)
            parts.append(
                ErasedPart(
                    noun=Evidence.KIND,
                    aggregate_id=evidence.id,
                    fields=["name", "content"],
                    versions=await work.forget(evidence),
                    digest=digest_of(evidence),
                )
            )
        fields = request.clear_personal()
        versions = await work.forget(request)
        work.save(request, request.erased(), valid_from=work.today)
        parts.append(
            ErasedPart(
                noun=ChangeRequest.KIND,
                aggregate_id=request.id,
                fields=fields,
                versions=versions,
                digest=digest_of(request),
            )
        )
    return parts
