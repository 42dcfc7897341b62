"""What depends on an institution, as far as this service knows."""

from datetime import date

from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from pydantic import BaseModel

from customer.closing.known import KnownDisplay, KnownPlace, KnownStock, KnownVisit
from customer.contacts.model import Contact

MOST_NAMED = 100
"""Of each kind; the count says how many there are."""


class AccountInUse(Conflict):
    """`dependents` names what has to go first, `counts` how much there is of each kind."""

    code = "account_in_use"
    title = "The institution cannot close while something depends on it"


class Dependent(BaseModel):
    """A contact who works there, a visit that is not over, or stock of the company that stands there."""

    kind: str
    id: str


async def dependents_of(account_id: str, on: date, work: UnitOfWork) -> list[Dependent]:
    """What will still depend on the institution on a date: contacts, visits and, from today on, displays."""
    day = max(on, work.today)
    contacts = await work.find(Contact, Contact.working_at(account_id, day), sort=[("_id", 1)])
    found = [Dependent(kind="contact", id=contact.id) for contact in contacts]
    open_visits: dict[str, object] = {"account_id": account_id}
    if day > work.today:
        open_visits["planned_on"] = {"$gte": day.isoformat()}
    found += [Dependent(kind="visit", id=visit.id) for visit in await work.find(KnownVisit, open_visits)]
    if day == work.today:
        found += [Dependent(kind="stock", id=stock.id) for stock in await _displays(account_id, work)]
    return found


async def refuse_while_needed(account_id: str, on: date, work: UnitOfWork) -> None:
    """Raises: AccountInUse with what depends on the institution."""
    found = await dependents_of(account_id, on, work)
    if not found:
        return
    kinds = sorted({one.kind for one in found})
    named = [one.model_dump() for kind in kinds for one in [each for each in found if each.kind == kind][:MOST_NAMED]]
    counts = {kind: sum(one.kind == kind for one in found) for kind in kinds}
    detail = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    raise AccountInUse(f"still there: {detail}", dependents=named, counts=counts)


async def _displays(account_id: str, work: UnitOfWork) -> list[KnownStock]:
    places = [place.id for place in await work.find(KnownPlace, {"account_id": account_id})]
    if not places:
        return []
    stock = await work.find(KnownStock, {"location_id": {"$in": places}})
    return [one for one in stock if await work.get_replica(KnownDisplay, one.material_id) is not None]
