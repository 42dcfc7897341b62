"""Let what was accepted hold: by the same use cases as direct writes, in the transaction of the verdict."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chassis.work import UnitOfWork
from contracts.events.customer import ChangeRequestApplied

from customer.about import SubjectKind, restamp
from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.regrade_account import RegradeAccount, regrade_account
from customer.change_requests.model import ChangeRequest
from customer.change_requests.proposals import CHANGES, CORRECTIONS, NEEDED
from customer.contacts.change_role import ChangeRole, change_role
from customer.contacts.change_status import ChangeContactStatus, change_contact_status
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.end_affiliation import EndAffiliation, end_affiliation
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.take_up_affiliation import TakeUpAffiliation, take_up_affiliation
from customer.hierarchy.reparent_account import ReparentAccount, reparent_account


def judge_completeness(request: ChangeRequest, accepted: Mapping[str, Any], work: UnitOfWork) -> None:
    """Collect what something new lacks when these values are accepted; nothing when none is."""
    if not request.is_new or not accepted:
        return
    for field in NEEDED[request.subject]:
        if accepted.get(field) is None:
            work.violate(f"fields.{field}", "required", f"a new {request.subject.value} cannot do without")


async def apply_accepted(request: ChangeRequest, work: UnitOfWork) -> list[ChangeRequestApplied]:
    """Apply the accepted fields of a judged request, which is saved after that; its event, none without such fields.

    Raises: what the use cases raise.
    """
    accepted = request.accepted
    if not accepted:
        return []
    if request.is_new:
        subject_id = await _register(request.subject, accepted, work)
    else:
        assert request.subject_id is not None, "what is there has an id"
        subject_id = request.subject_id
        apply = _change_account if request.subject is SubjectKind.ACCOUNT else _change_contact
        facts = {field: value for field, value in accepted.items() if field in CORRECTIONS[request.subject]}
        changes = [(field, accepted[field]) for field in CHANGES[request.subject] if field in accepted]
        await apply(subject_id, facts, changes, f"change request {request.id}", work)
    event = request.apply(subject_id)
    await restamp(request, work)
    return [event]


async def _register(kind: SubjectKind, facts: dict[str, Any], work: UnitOfWork) -> str:
    if kind is SubjectKind.ACCOUNT:
        departments = [{**one, "id": None} for one in facts.get("departments", [])]
        command = {**facts, "departments": departments}
        return (await create_account(CreateAccount.model_validate(command), work)).id
    first = {name: value for name, value in facts["affiliation"].items() if name != "valid_to"}
    numbers = [{name: v for name, v in one.items() if name != "id"} for one in facts.get("qualifications", [])]
    command = {**facts, "affiliation": first, "qualifications": numbers}
    return (await create_contact(CreateContact.model_validate(command), work)).id


async def _change_account(
    account_id: str, facts: dict[str, Any], changes: list[tuple[str, Any]], reason: str, work: UnitOfWork
) -> None:
    if facts:
        await correct_account(CorrectAccount.model_validate({**facts, "account_id": account_id}), work)
    for field, value in changes:
        common = {**value, "account_id": account_id, "reason": reason, "on": _on(value, work.today)}
        if field == "regrade":
            await regrade_account(RegradeAccount.model_validate(common), work)
        elif field == "parent":
            await reparent_account(ReparentAccount.model_validate(common), work)
        else:
            await change_stage(ChangeStage.model_validate(common), work)


async def _change_contact(
    contact_id: str, facts: dict[str, Any], changes: list[tuple[str, Any]], reason: str, work: UnitOfWork
) -> None:
    if facts:
        await correct_contact(CorrectContact.model_validate({**facts, "contact_id": contact_id}), work)
    for field, value in changes:
        common = {**value, "contact_id": contact_id}
        dated = {**common, "on": _on(value, work.today)}
        if field == "role":
            await change_role(ChangeRole.model_validate(dated), work)
        elif field == "end":
            await end_affiliation(EndAffiliation.model_validate({**dated, "reason": reason}), work)
        elif field == "affiliation":
            await take_up_affiliation(TakeUpAffiliation.model_validate(common), work)
        elif field == "move":
            await move_contact(MoveContact.model_validate(dated), work)
        else:
            await change_contact_status(ChangeContactStatus.model_validate({**dated, "reason": reason}), work)


def _on(value: Mapping[str, Any], today: date) -> Any:
    return value.get("on") or today
