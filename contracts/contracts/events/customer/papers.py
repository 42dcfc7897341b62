"""Events of notes, attachments and plans of institutions. Words, names of files and contents stay in the store."""

from datetime import date, datetime

from pydantic import Field

from contracts.events.base import Event, State
from contracts.ids import AccountId, AccountPlanId, AttachmentId, ContactId, EmployeeId, NoteId, ProductId


class AccountNoteState(State):
    """A note without its words."""

    note_id: NoteId
    account_id: AccountId
    author_id: EmployeeId | None = None
    created_at: datetime


class AccountNoteWritten(Event, type="customer.account-note-written.v1", topic="customer.account-note"):
    """A note about an institution was written."""

    note: AccountNoteState


class AccountAttachmentState(State):
    """A file without its name and content; `size` in bytes."""

    attachment_id: AttachmentId
    account_id: AccountId
    media_type: str
    size: int
    author_id: EmployeeId | None = None
    created_at: datetime


class AccountAttached(Event, type="customer.account-attached.v1", topic="customer.account-attachment"):
    """A file was attached to an institution."""

    attachment: AccountAttachmentState


class AccountAttachmentRemoved(
    Event, type="customer.account-attachment-removed.v1", topic="customer.account-attachment"
):
    """A file was removed for good."""

    attachment: AccountAttachmentState


class ObjectiveState(State):
    """Something to be reached (`open`, `reached`, `missed`), without its words."""

    measure: str | None = None
    target: int | None = None
    due_on: date | None = None
    status: str


class KeyContactState(State):
    """Somebody who matters: `supporter`, `neutral` or `opponent`."""

    contact_id: ContactId
    stance: str


class PresentCompetitorState(State):
    """Somebody else's product at the institution, `weak`, `equal` or `leading`; `share` estimated, per cent."""

    manufacturer: str
    product_id: ProductId | None = None
    product: str | None = None
    presence: str
    share: int | None = None


class AccountPlanState(State):
    """The plan for an institution: `draft`, `active` or `closed`."""

    plan_id: AccountPlanId
    account_id: AccountId
    status: str
    period_from: date | None = None
    period_to: date | None = None
    objectives: list[ObjectiveState] = Field(default_factory=list[ObjectiveState])
    key_contacts: list[KeyContactState] = Field(default_factory=list[KeyContactState])
    competitors: list[PresentCompetitorState] = Field(default_factory=list[PresentCompetitorState])


class AccountPlanChanged(Event, type="customer.account-plan-changed.v1", topic="customer.account-plan"):
    """The plan for an institution was written or rewritten."""

    plan: AccountPlanState


class AccountNoteRehomed(Event, type="customer.account-note-rehomed.v1", topic="customer.account-note"):
    """The note is another institution's now: its own was merged into that one, or a merge was undone."""

    note: AccountNoteState


class AccountAttachmentRehomed(
    Event, type="customer.account-attachment-rehomed.v1", topic="customer.account-attachment"
):
    """The file is another institution's now: its own was merged into that one, or a merge was undone."""

    attachment: AccountAttachmentState
