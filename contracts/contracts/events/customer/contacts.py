"""Events of contacts: people who work at institutions. Nothing personal is among them."""

from datetime import date

from contracts.events.base import Event, State
from contracts.ids import AccountId, AffiliationId, ContactId, DepartmentId


class AffiliationState(State):
    """A contact works at an institution from `valid_from` until `valid_to` (exclusive)."""

    affiliation_id: AffiliationId
    account_id: AccountId
    department_id: DepartmentId | None = None
    role: str | None = None
    primary: bool = True
    valid_from: date
    valid_to: date | None = None


class ContactState(State):
    """A contact without personal data: title, specialty and where the person works and worked."""

    contact_id: ContactId
    title: str | None = None
    specialty: str | None = None
    affiliations: list[AffiliationState]


class ContactCreated(Event, type="customer.contact-created.v1", topic="customer.contact"):
    """A contact was registered."""

    contact: ContactState


class ContactCorrected(Event, type="customer.contact-corrected.v1", topic="customer.contact"):
    """Facts of a contact were corrected; `changed` names the fields (personal ones too, without their values)."""

    contact: ContactState
    changed: list[str]


class ContactMoved(Event, type="customer.contact-moved.v1", topic="customer.contact"):
    """The primary employment moved to another institution, department or role, effective on `on`."""

    contact: ContactState
    from_account_id: AccountId
    from_department_id: DepartmentId | None = None
    to_account_id: AccountId
    to_department_id: DepartmentId | None = None
    role: str | None = None
    on: date
