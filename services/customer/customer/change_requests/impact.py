"""What a request would touch: who covers the institutions it speaks of, who works there, which visits are planned."""

from collections.abc import Iterable
from datetime import date

from chassis.reads import Reads
from pydantic import BaseModel

from customer.about import SubjectKind
from customer.accounts.model import Account
from customer.alignments.model import Alignment
from customer.change_requests.model import ChangeRequest
from customer.closing.known import KnownVisit
from customer.contacts.model import Contact

MOST_NAMED = 100
"""Of each kind at each institution."""


class TerritoryOut(BaseModel):
    """Who covers the institution for a product line today."""

    line_id: str
    unit_id: str
    employee_id: str | None


class TouchedOut(BaseModel):
    """An institution in the caller's scope. Lists are cut at 100; the flags say so."""

    account_id: str
    role: str
    """`subject`, `present` (where the contact works), `destination`, `parent`."""
    territories: list[TerritoryOut]
    contact_ids: list[str]
    more_contacts: bool
    visit_ids: list[str]
    more_visits: bool


class ImpactOut(BaseModel):
    """What would be touched, as far as the caller sees; `out_of_scope` institutions are counted only."""

    request_id: str
    accounts: list[TouchedOut]
    out_of_scope: int
    territories: int
    contacts: int
    visits: int


async def impact_of(read: Reads, request: ChangeRequest, today: date) -> ImpactOut:
    """The impact of a request, by what is known here now."""
    touched: list[TouchedOut] = []
    hidden = 0
    for account_id, role in (await _places(read, request)).items():
        account = await read.find_one(Account, {"_id": account_id})
        if account is None:
            hidden += 1
        else:
            touched.append(await _at(read, account.id, role, request, today))
    return ImpactOut(
        request_id=request.id,
        accounts=touched,
        out_of_scope=hidden,
        territories=len({(one.line_id, one.unit_id) for each in touched for one in each.territories}),
        contacts=len({one for each in touched for one in each.contact_ids}),
        visits=sum(len(each.visit_ids) for each in touched),
    )


async def _places(read: Reads, request: ChangeRequest) -> dict[str, str]:
    proposed = {one.field: one.proposed for one in request.proposals if isinstance(one.proposed, dict)}
    places: dict[str, str] = {}
    if request.subject is SubjectKind.ACCOUNT and request.subject_id:
        places[request.subject_id] = "subject"
    elif request.subject_id:
        places |= dict.fromkeys(request.account_ids, "present")
    for field, key, role in (
        ("move", "to_account_id", "destination"),
        ("affiliation", "account_id", "destination"),
        ("parent", "parent_id", "parent"),
    ):
        if field in proposed and proposed[field].get(key):
            places.setdefault(proposed[field][key], role)
    return places


async def _at(read: Reads, account_id: str, role: str, request: ChangeRequest, today: date) -> TouchedOut:
    contacts: list[str] = []
    if request.subject is SubjectKind.ACCOUNT:
        found = await read.find(Contact, Contact.working_at(account_id, today), limit=MOST_NAMED + 1)
        contacts = [one.id for one in found]
    elif request.subject_id:
        contacts = [request.subject_id]
    visits = await read.store.find(KnownVisit.COLLECTION, {"account_id": account_id}, limit=MOST_NAMED + 1)
    alignments = await read.find(Alignment, {"account_id": account_id}, limit=MOST_NAMED)
    return TouchedOut(
        account_id=account_id,
        role=role,
        territories=list(_covering(alignments, today)),
        contact_ids=contacts[:MOST_NAMED],
        more_contacts=len(contacts) > MOST_NAMED,
        visit_ids=[one["_id"] for one in visits[:MOST_NAMED]],
        more_visits=len(visits) > MOST_NAMED,
    )


def _covering(alignments: Iterable[Alignment], today: date) -> Iterable[TerritoryOut]:
    for alignment in alignments:
        current = alignment.holding_on(today)
        if current is not None:
            yield TerritoryOut(line_id=alignment.line_id, unit_id=current.unit_id, employee_id=current.employee_id)
