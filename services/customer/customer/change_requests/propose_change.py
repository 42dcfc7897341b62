"""Propose a change of an institution or a contact, or a new one."""

from typing import Annotated, Any

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import EvidenceId
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python

from customer.about import SUBJECTS, SubjectId, SubjectKind, restamp
from customer.accounts.model import Account
from customer.change_requests.base import refuse_moved_base, version_of, with_bases
from customer.change_requests.evidence import name_evidence
from customer.change_requests.model import MAX_EVIDENCE, ChangeRequest, Proposal
from customer.change_requests.proposals import ProposedFields, allowed_fields
from customer.contacts.model import Contact
from customer.texts import LongNote


class RequestFacts(BaseModel):
    """What is proposed. `base_version` is the version that was read; the present one when it is left out."""

    model_config = ConfigDict(extra="forbid")

    base_version: Annotated[int, Field(ge=1)] | None = None
    fields: ProposedFields
    reason: LongNote
    evidence: Annotated[list[EvidenceId], Field(max_length=MAX_EVIDENCE)] = Field(default_factory=list)


class ProposeChange(RequestFacts, Command):
    """Draft a request about what the caller sees, or an institution of the directory; without an id, about a new one."""

    subject: SubjectKind
    subject_id: SubjectId | None = None


async def propose_change(command: ProposeChange, work: UnitOfWork) -> ChangeRequest:
    """The draft. Raises: BaseMoved; RuleBroken with every violation."""
    subject: Account | Contact | None = None
    if command.subject_id is not None:
        subject = await _named(command.subject, command.subject_id, work)
    identifier = ChangeRequest.new_id()
    fields = proposed_fields(command, command.subject, new=command.subject_id is None, work=work)
    evidence = await name_evidence(command.evidence, identifier, [], work)
    work.check()
    base_version, proposals = await based(command, command.subject, subject, fields, work)
    request = ChangeRequest(
        id=identifier,
        subject=command.subject,
        subject_id=command.subject_id,
        base_version=base_version,
        proposals=proposals,
        reason=command.reason,
        evidence=evidence,
        requester_id=work.principal.employee_id,
        home_unit_id=work.principal.unit_id or "",
        home_path=work.principal.unit_path or "/",
        created_at=work.now,
    )
    await restamp(request, work)
    work.add(request, request.drafted())
    return request


def proposed_fields(facts: RequestFacts, kind: SubjectKind, *, new: bool, work: UnitOfWork) -> dict[str, Any]:
    """The proposed values as JSON; what cannot be proposed of the subject is collected as violations."""
    named = sorted(facts.fields.model_fields_set)
    if not named:
        work.violate("fields", "nothing_proposed", "propose a value for a field at least")
    allowed = allowed_fields(kind, new=new)
    for field in named:
        if field not in allowed:
            what = f"a new {kind.value}" if new else f"a {kind.value} there is"
            work.violate(f"fields.{field}", "field_not_proposable", f"it cannot be proposed of {what}")
    if "affiliation" in named and not new and "share" not in facts.fields.affiliation.model_fields_set:
        work.violate("fields.affiliation.share", "required", "a further affiliation has a share")
    if new and facts.base_version is not None:
        work.violate("base_version", "nothing_to_base_on", "something new has no version")
    return to_jsonable_python(facts.fields.model_dump(exclude_unset=True))


async def based(
    facts: RequestFacts,
    kind: SubjectKind,
    subject: Account | Contact | None,
    fields: dict[str, Any],
    work: UnitOfWork,
) -> tuple[int | None, list[Proposal]]:
    """The version that proposals are based on, and them. Raises: BaseMoved, RuleBroken."""
    if subject is None:
        return None, with_bases(fields, None, work)
    version = facts.base_version or subject.version
    base = await version_of(kind, subject, version, work)
    if base is None:
        work.violate("base_version", "unknown_version", f"the present version is {subject.version}")
        work.check()
    proposals = with_bases(fields, base, work)
    refuse_moved_base(proposals, version, subject, work)
    return version, proposals


async def _named(kind: SubjectKind, subject_id: str, work: UnitOfWork) -> Account | Contact | None:
    if kind is SubjectKind.ACCOUNT:
        return await work.directory(Account, subject_id, field="subject_id")
    return await work.reference(SUBJECTS[kind], subject_id, field="subject_id")
