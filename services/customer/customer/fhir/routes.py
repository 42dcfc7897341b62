"""HTTP of FHIR R4: pages as Bundle, or the whole list as lines of JSON by `Accept: application/fhir+ndjson`.

The caller sees here what the lists of institutions and contacts show; whoever has been erased is absent.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from chassis.http import Answer, PageArgs, PageQuery, Permission, Read, Router
from chassis.http.facts import facts_of
from chassis.http.paging import MAX_LIMIT
from chassis.http.table import TableAnswer
from chassis.reads import Paging
from chassis.refusals import NotFound
from chassis.tables.writing import NDJSON, ndjson_of
from fastapi import Request
from starlette.responses import Response

from customer.accounts.model import Account
from customer.accounts.queries import AccountFilter, list_accounts
from customer.accounts.shapes import AccountOut
from customer.contacts.model import Contact
from customer.contacts.queries import ContactOut, list_contacts
from customer.fhir.resources import Resource, bundle, organization, own_id, practitioner, practitioner_roles
from customer.timetravel import Today

FHIR_JSON = "application/fhir+json"
FHIR_NDJSON = "application/fhir+ndjson"
_SHOWN: dict[int | str, dict[str, Any]] = {200: {"content": {FHIR_JSON: {}, FHIR_NDJSON: {}}}}

router = Router(prefix="/fhir", tags=["fhir"])

Listed = Callable[[Paging], Awaitable[dict[str, Any]]]


@router.get("/Organization", permission=Permission.ACCOUNTS_READ, responses=_SHOWN)
async def get_organizations(read: Read, page: PageArgs, today: Today, request: Request) -> Response:
    """The institutions in the caller's scope."""

    async def listed(one: Paging) -> dict[str, Any]:
        return await list_accounts(read, one, AccountFilter(), today)

    return await _shown(request, page, listed, lambda account: [organization(account)])


@router.get("/Organization/{resource_id}", permission=Permission.ACCOUNTS_READ, responses=_SHOWN)
async def get_organization(resource_id: str, read: Read, today: Today) -> Response:
    """One institution."""
    account = await read.get(Account, own_id(resource_id))
    return _answer(organization(AccountOut.of(account, today)))


@router.get("/Practitioner", permission=Permission.CONTACTS_READ, responses=_SHOWN)
async def get_practitioners(read: Read, page: PageArgs, today: Today, request: Request) -> Response:
    """The contacts in the caller's scope."""

    async def listed(one: Paging) -> dict[str, Any]:
        return await list_contacts(read, one, account_id=None, q=None, today=today, as_of=None, known_at=None)

    return await _shown(request, page, listed, lambda contact: [] if contact.erased else [practitioner(contact)])


@router.get("/Practitioner/{resource_id}", permission=Permission.CONTACTS_READ, responses=_SHOWN)
async def get_practitioner(resource_id: str, read: Read, today: Today) -> Response:
    """One contact."""
    contact = ContactOut.of(await read.get(Contact, own_id(resource_id)), today=today)
    if contact.erased:
        raise NotFound(f"{resource_id} does not exist")
    return _answer(practitioner(contact))


@router.get("/PractitionerRole", permission=Permission.CONTACTS_READ, responses=_SHOWN)
async def get_practitioner_roles(read: Read, page: PageArgs, today: Today, request: Request) -> Response:
    """The affiliations of the contacts in the caller's scope; `limit` counts contacts."""

    async def listed(one: Paging) -> dict[str, Any]:
        return await list_contacts(read, one, account_id=None, q=None, today=today, as_of=None, known_at=None)

    def resources(contact: ContactOut) -> Iterable[Resource]:
        return () if contact.erased else practitioner_roles(contact, today)

    return await _shown(request, page, listed, resources)


async def _shown(
    request: Request, page: PageQuery, listed: Listed, resources: Callable[[Any], Iterable[Resource]]
) -> Response:
    if any(kind in request.headers.get("accept", "") for kind in (FHIR_NDJSON, NDJSON)):
        first = await listed(PageQuery(MAX_LIMIT, page.cursor, page.sort))
        facts = facts_of(request)
        if facts.release is not None:
            facts.release()
        name = request.scope["path"].rpartition("/")[2]
        return TableAnswer(ndjson_of(_each(first, listed, resources)), FHIR_NDJSON, f"{name}.ndjson")
    found = await listed(page)
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    following = f"{path}?limit={page.limit}&cursor={found['next']}" if found["next"] else None
    shown = [resource for item in found["items"] for resource in resources(item)]
    return _answer(bundle(shown, f"{path}?{query}" if query else path, following))


async def _each(
    first: dict[str, Any], listed: Listed, resources: Callable[[Any], Iterable[Resource]]
) -> AsyncIterator[Resource]:
    found = first
    while True:
        for item in found["items"]:
            for resource in resources(item):
                yield resource
        if found["next"] is None:
            return
        found = await listed(PageQuery(MAX_LIMIT, found["next"]))


def _answer(resource: Resource) -> Answer:
    answer = Answer(resource)
    answer.headers["content-type"] = FHIR_JSON
    return answer
