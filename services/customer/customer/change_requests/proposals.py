"""What may be proposed of an institution or a contact: facts as they are corrected, and changes that have a date."""

from datetime import date
from typing import Annotated

from contracts.ids import AccountId, AffiliationId, DepartmentId
from contracts.values import ContactStatus, Grade, Stage
from pydantic import BaseModel, ConfigDict, Field

from customer.about import SubjectKind
from customer.accounts.correct_account import AccountCorrections
from customer.accounts.facts import MAX_DEPARTMENTS, DepartmentEntry
from customer.contacts.affiliations import Share
from customer.contacts.correct_contact import ContactCorrections
from customer.texts import Note, ShortText, absent


class Proposed(BaseModel):
    """A change that has a date: today, once it is accepted, unless it says otherwise."""

    model_config = ConfigDict(extra="forbid")

    on: date | None = None


class ProposedStage(Proposed):
    """The institution enters a stage."""

    stage: Stage


class ProposedGrade(Proposed):
    """The institution gets another grade."""

    grade: Grade


class ProposedParent(Proposed):
    """The institution belongs to another one, or to none."""

    parent_id: AccountId | None


class ProposedMove(Proposed):
    """The contact's primary employment moves; what is left out stays as it is, where that is possible."""

    to_account_id: AccountId
    to_department_id: DepartmentId | None = None
    role: ShortText | None = None
    evidence: Note | None = None


class ProposedAffiliation(BaseModel):
    """A new contact's employment, or a further one of a contact there is (which needs a share)."""

    model_config = ConfigDict(extra="forbid")

    account_id: AccountId
    department_id: DepartmentId | None = None
    role: ShortText | None = None
    share: Share = absent()
    valid_from: date | None = None
    valid_to: date | None = None


class ProposedRole(Proposed):
    """The contact has another role, or share, at the same place."""

    affiliation_id: AffiliationId
    role: ShortText | None
    share: Share | None = None


class ProposedEnd(Proposed):
    """The contact leaves a place."""

    affiliation_id: AffiliationId


class ProposedStatus(Proposed):
    """The contact is worked with, or not any more."""

    status: ContactStatus


class ProposedFields(AccountCorrections, ContactCorrections):
    """Proposed values by field: those of an institution, or those of a contact.

    Facts are corrected; `stage`, `regrade`, `parent`, `move`, `affiliation`, `role`, `end` and `status` are changes that
    have a date. `departments` and `qualifications` replace the whole list, `attributes` the values named.
    """

    departments: Annotated[list[DepartmentEntry], Field(max_length=MAX_DEPARTMENTS)] = absent()
    stage: ProposedStage = absent()
    regrade: ProposedGrade = absent()
    parent: ProposedParent = absent()
    affiliation: ProposedAffiliation = absent()
    move: ProposedMove = absent()
    role: ProposedRole = absent()
    end: ProposedEnd = absent()
    status: ProposedStatus = absent()


CORRECTIONS: dict[SubjectKind, frozenset[str]] = {
    SubjectKind.ACCOUNT: frozenset({*AccountCorrections.model_fields, "departments"}),
    SubjectKind.CONTACT: frozenset(ContactCorrections.model_fields),
}
CHANGES: dict[SubjectKind, tuple[str, ...]] = {
    SubjectKind.ACCOUNT: ("regrade", "parent", "stage"),
    SubjectKind.CONTACT: ("role", "end", "affiliation", "move", "status"),
}
"""Changes that have a date, in the order in which they are applied."""
OF_SOMETHING_NEW: dict[SubjectKind, frozenset[str]] = {
    SubjectKind.ACCOUNT: CORRECTIONS[SubjectKind.ACCOUNT],
    SubjectKind.CONTACT: CORRECTIONS[SubjectKind.CONTACT] | {"affiliation"},
}
NEEDED: dict[SubjectKind, tuple[str, ...]] = {
    SubjectKind.ACCOUNT: ("name", "kind", "unit_id"),
    SubjectKind.CONTACT: ("name", "affiliation"),
}
"""Without these nothing new can be registered."""

_PERSONS_JUDGE = {"unit_id", "departments", "kind"}
MAY_BE_ACCEPTED_BY_RULE = frozenset(
    f"{kind.value}.{field}" for kind, fields in CORRECTIONS.items() for field in fields - _PERSONS_JUDGE
)
"""Facts that a rule may let through; where somebody works and what an institution is are for persons to judge."""


def allowed_fields(kind: SubjectKind, *, new: bool) -> frozenset[str]:
    """The fields that may be proposed of a subject."""
    return OF_SOMETHING_NEW[kind] if new else CORRECTIONS[kind].union(CHANGES[kind])
