"""Looking contacts up: who may be met at an institution on a day, as far as this service has heard."""

from collections.abc import Sequence
from datetime import date

from chassis.refusals import UnknownReference
from chassis.work import UnitOfWork

from visits.known.model import KnownAccount, KnownContact
from visits.known.survivors import survivor


async def check_affiliated(
    work: UnitOfWork, contact_ids: Sequence[str], *, account_id: str, on: date, field: str
) -> None:
    """Collect a violation for every contact that is unknown to the caller or does not work at the institution on `on`.

    A contact whose institutions the caller cannot see is as good as unknown, so that ids cannot be tried out.
    """
    here = await survivor(KnownAccount, account_id, work)
    account_id = here.id if here else account_id
    for index, contact_id in enumerate(contact_ids):
        where = f"{field}[{index}]"
        contact = await work.directory(KnownContact, contact_id, field=where)
        if contact is not None and contact.survivor_of is not None:
            contact = await survivor(KnownContact, contact_id, work) or contact
        if contact is None or contact.works_at(account_id, on):
            continue
        if await _sees(work, contact):
            detail = f"{contact_id} is not affiliated with {account_id} on {on.isoformat()}"
            work.violate(where, "not_affiliated", detail, settling=True)
        else:
            detail = f"{contact_id} names nothing that you can see"
            work.violate(where, UnknownReference.code, detail, settling=True)


async def _sees(work: UnitOfWork, contact: KnownContact) -> bool:
    employers = {job.account_id for job in contact.employments}
    for account_id in sorted(employers):
        account = await work.get_replica(KnownAccount, account_id)
        if account is not None and work.principal.sees(account.visible):
            return True
    return False
