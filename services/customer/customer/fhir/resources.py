"""FHIR R4 resources (hl7.org/fhir/R4): Organization, Practitioner, PractitionerRole.

Their ids allow no underscore: `acc_0197…` is `acc-0197…` there, and stands as it is among the identifiers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from contracts.values import AccountKind, ContactStatus, Stage

from customer.accounts.shapes import AccountOut
from customer.contacts.queries import AffiliationOut, ContactOut

Resource = dict[str, Any]

IDS = "urn:terrain:id"
REGISTRATION_CODES = "urn:terrain:registration-code"
LICENCES = "urn:terrain:licence"
KINDS = "urn:terrain:account-kind"
DIVISIONS = "urn:terrain:gb-t-2260"
DEPARTMENTS = "urn:terrain:department"
_TYPES = "http://terminology.hl7.org/CodeSystem/organization-type"
_PROVIDERS = {AccountKind.HOSPITAL, AccountKind.CLINIC, AccountKind.PHARMACY}
_GONE = {Stage.CLOSED, Stage.MERGED}


def fhir_id(identifier: str) -> str:
    """An id as FHIR allows it."""
    return identifier.replace("_", "-", 1)


def own_id(identifier: str) -> str:
    """The id behind one of FHIR."""
    return identifier.replace("-", "_", 1)


def organization(account: AccountOut) -> Resource:
    """An institution as Organization."""
    kind = "prov" if account.kind in _PROVIDERS else "bus"
    address: Resource = {"text": account.address, "country": "CN"}
    if account.division_code:
        address["extension"] = [{"url": DIVISIONS, "valueCode": account.division_code}]
    codings = [{"system": _TYPES, "code": kind}, {"system": KINDS, "code": account.kind.value}]
    return _without_nothing(
        {
            "resourceType": "Organization",
            "id": fhir_id(account.id),
            "meta": _meta(account),
            "identifier": [_identifier(IDS, account.id), *_some(REGISTRATION_CODES, account.code)],
            "active": account.stage not in _GONE,
            "type": [{"coding": codings}],
            "name": account.name,
            "telecom": [{"system": "phone", "value": account.telephone, "use": "work"}] if account.telephone else [],
            "address": [address] if account.address or account.division_code else [],
            "partOf": {"reference": f"Organization/{fhir_id(account.parent_id)}"} if account.parent_id else None,
        }
    )


def practitioner(contact: ContactOut) -> Resource:
    """A contact who has not been erased as Practitioner."""
    return _without_nothing(
        {
            "resourceType": "Practitioner",
            "id": fhir_id(contact.id),
            "meta": _meta(contact),
            "identifier": [_identifier(IDS, contact.id), *_some(LICENCES, contact.licence)],
            "active": contact.status is ContactStatus.ACTIVE,
            "name": [{"use": "official", "text": contact.name, "suffix": [contact.title] if contact.title else []}],
            "telecom": [{"system": "phone", "value": contact.mobile, "use": "mobile"}] if contact.mobile else [],
            "qualification": [
                {
                    "code": {"text": one.kind},
                    "identifier": _some(LICENCES, one.number),
                    "period": _period(one.valid_from, one.valid_to),
                    "issuer": {"display": one.issuer} if one.issuer else None,
                }
                for one in contact.qualifications
            ],
        }
    )


def practitioner_roles(contact: ContactOut, today: date) -> Iterator[Resource]:
    """The affiliations of a contact as PractitionerRole; one that held on no day is none."""
    for one in contact.affiliations:
        if one.valid_to is None or one.valid_from < one.valid_to:
            yield _role(contact, one, today)


def bundle(resources: list[Resource], here: str, following: str | None) -> Resource:
    """A page as searchset; the links lead to this and to the next one."""
    links = [{"relation": "self", "url": here}, *([{"relation": "next", "url": following}] if following else [])]
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in resources]
    return _without_nothing({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})


def _role(contact: ContactOut, one: AffiliationOut, today: date) -> Resource:
    holds = one.valid_from <= today and (one.valid_to is None or today < one.valid_to)
    return _without_nothing(
        {
            "resourceType": "PractitionerRole",
            "id": fhir_id(one.id),
            "meta": _meta(contact),
            "extension": [{"url": DEPARTMENTS, "valueString": one.department_id}] if one.department_id else [],
            "identifier": [_identifier(IDS, one.id)],
            "active": holds,
            "period": _period(one.valid_from, one.valid_to),
            "practitioner": {"reference": f"Practitioner/{fhir_id(contact.id)}"},
            "organization": {"reference": f"Organization/{fhir_id(one.account_id)}"},
            "code": [{"text": one.role}] if one.role else [],
            "specialty": [{"text": contact.specialty}] if contact.specialty else [],
        }
    )


def _meta(shown: AccountOut | ContactOut) -> Resource:
    return {"versionId": str(shown.version), "lastUpdated": shown.recorded_at.isoformat()}


def _identifier(system: str, value: str) -> Resource:
    return {"system": system, "value": value}


def _some(system: str, value: str | None) -> list[Resource]:
    return [_identifier(system, value)] if value else []


def _period(start: date | None, until: date | None) -> Resource:
    """FHIR's periods end with their last day, ours with the day after it."""
    end = until - timedelta(days=1) if until else None
    return {"start": start and start.isoformat(), "end": end and end.isoformat()}


def _without_nothing(value: Any) -> Any:
    """FHIR has no nulls and nothing empty."""
    if isinstance(value, dict):
        kept = {name: _without_nothing(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, [], {}, "")}
    if isinstance(value, list):
        return [_without_nothing(one) for one in value]
    return value
