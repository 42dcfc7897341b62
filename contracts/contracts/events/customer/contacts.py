"""Events of contacts: people who work at institutions. Nothing personal is among them."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, AffiliationId, ContactId, DepartmentId, QualificationId
from contracts.values import ConsentAct, ContactStatus


class AffiliationState(State):
    """A contact works at an institution from `valid_from` until `valid_to` (exclusive)."""

    affiliation_id: AffiliationId
    account_id: AccountId
    department_id: DepartmentId | None = None
    role: str | None = None
    primary: bool = True
    share: int = 100
    """Per cent of the working time."""
    valid_from: date
    valid_to: date | None = None


class QualificationState(State):
    """A qualification without its number; it holds from `valid_from` until `valid_to` (exclusive, null: for good)."""

    qualification_id: QualificationId
    kind: str
    issuer: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class ContactStatusState(State):
    """A contact is worked with, or is not any more, from `on`, until the next entry's date."""

    status: ContactStatus
    on: date


class ConsentState(State):
    """A consent to one channel for one purpose, as far as it is known now.

    On a day the contact may be addressed if `opted_in_on` ≤ day and not `expires_on` ≤ day. A withdrawal leaves both
    empty; only an opt-in both dated and recorded after it counts again.
    """

    channel: str
    purpose: str
    opted_in_on: date | None = None
    expires_on: date | None = None
    withdrawn_on: date | None = None


class ContactState(State):
    """A contact without personal data: title, specialty, qualifications, where the person works and worked.

    Before the first of `statuses` a contact is active. What is personal of an `erased` contact exists nowhere any more.
    """

    contact_id: ContactId
    title: str | None = None
    specialty: str | None = None
    survivor_of: ContactId | None = None
    """Into which it was merged: whoever keeps this contact's id reads it as that one's."""
    affiliations: list[AffiliationState]
    qualifications: list[QualificationState] = Field(default_factory=list[QualificationState])
    statuses: list[ContactStatusState] = Field(default_factory=list[ContactStatusState])
    consents: list[ConsentState] = Field(default_factory=list[ConsentState])
    erased: bool = False
    created_at: datetime | None = None
    """Events from before that was told do not have it."""


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


class ContactAffiliated(Event, type="customer.contact-affiliated.v1", topic="customer.contact"):
    """The contact took up a further affiliation on `on`, beside those that hold already or after they ended."""

    contact: ContactState
    affiliation_id: AffiliationId
    account_id: AccountId
    on: date


class ContactLeft(Event, type="customer.contact-left.v1", topic="customer.contact"):
    """An affiliation ends on `on` (exclusive) without another one in its place."""

    contact: ContactState
    affiliation_id: AffiliationId
    account_id: AccountId
    on: date


class ContactRoleChanged(Event, type="customer.contact-role-changed.v1", topic="customer.contact"):
    """Role or share at one institution are others from `on`. `affiliation_id` is the affiliation that holds from then on."""

    contact: ContactState
    affiliation_id: AffiliationId
    account_id: AccountId
    role: str | None = None
    on: date


class AffiliationCorrected(Event, type="customer.affiliation-corrected.v1", topic="customer.contact"):
    """Period or share of an affiliation had been recorded wrongly; `changed` names the fields."""

    contact: ContactState
    affiliation_id: AffiliationId
    account_id: AccountId
    changed: list[str]


class AffiliationCancelled(Event, type="customer.affiliation-cancelled.v1", topic="customer.contact"):
    """A planned move or affiliation, which was to begin on `on`, will not be; what it would have ended goes on."""

    contact: ContactState
    affiliation_id: AffiliationId
    account_id: AccountId
    on: date


class ContactStatusChanged(Event, type="customer.contact-status-changed.v1", topic="customer.contact"):
    """The contact is worked with, or is not any more, from `on`."""

    contact: ContactState
    status: ContactStatus
    on: date


class ConsentChanged(Event, type="customer.consent-changed.v1", topic="customer.contact"):
    """The contact was asked for a consent, gave it or withdrew it on `on`; how it stands now is in `contact.consents`."""

    contact: ContactState
    channel: str
    purpose: str
    act: ConsentAct
    on: date


class ContactErased(Event, type="customer.contact-erased.v1", topic="customer.contact"):
    """The person's data were erased on `on`. Whoever keeps words about the contact deletes them; facts stay."""

    contact: ContactState
    on: date
