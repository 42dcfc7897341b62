"""What a proposal was based on, and what of it has moved since."""

from collections.abc import Iterable
from typing import Any

from chassis.journal import JOURNAL, journal_id, restore
from chassis.refusals import Stale
from chassis.work import UnitOfWork

from customer.about import SUBJECTS, SubjectKind
from customer.accounts.model import Account
from customer.change_requests.model import ChangeRequest, Proposal
from customer.change_requests.values import value_of
from customer.contacts.model import Contact


class BaseMoved(Stale):
    """`difference` shows field by field what the proposal was based on, what is there now and what was proposed.

    Who does not see the subject is told the fields only.
    """

    code = "stale_base"
    title = "What the proposal was based on has changed"


async def subject_of(request: ChangeRequest, work: UnitOfWork) -> Account | Contact:
    """What a request speaks of, whoever asks: institutions of the directory may be proposed upon. Raises: its refusal when gone."""
    assert request.subject_id is not None, "something new has no subject yet"
    subject = (await work.survey(SUBJECTS[request.subject], {"_id": request.subject_id}))[0]
    if gone := subject.gone():
        raise gone
    return subject


async def version_of(
    kind: SubjectKind, subject: Account | Contact, version: int, work: UnitOfWork
) -> Account | Contact | None:
    """The subject as it was in a version; None when it has none such."""
    if version == subject.version:
        return subject
    document = await work.store.find_one(JOURNAL, {"_id": journal_id(subject.id, version)})
    return None if document is None else await restore(work.store, SUBJECTS[kind], document)


def with_bases(fields: dict[str, Any], base: Account | Contact | None, work: UnitOfWork) -> list[Proposal]:
    """Proposals for the fields, with what they are based on."""
    return [
        Proposal(
            field=field,
            proposed=value,
            base=None if base is None else value_of(base, field, work.today, proposed=value),
        )
        for field, value in fields.items()
    ]


def refuse_moved_base(
    proposals: Iterable[Proposal], base_version: int, subject: Account | Contact, work: UnitOfWork
) -> None:
    """Nothing when no proposed field has moved, however often others have. Raises: BaseMoved."""
    if subject.version == base_version:
        return
    moved = [
        (one, now)
        for one in proposals
        if (now := value_of(subject, one.field, work.today, proposed=one.proposed)) != one.base
    ]
    if not moved:
        return
    sees = work.principal.sees(subject.visible)
    difference: list[dict[str, Any]] = [
        {"field": one.field} | ({"base": one.base, "now": now, "proposed": one.proposed} if sees else {})
        for one, now in moved
    ]
    raise BaseMoved(
        "what was proposed upon has changed: " + ", ".join(one.field for one, _ in moved),
        base_version=base_version,
        version=subject.version,
        difference=difference,
    )
