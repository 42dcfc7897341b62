"""Events of change requests. Proposed values, words and files stay in the store."""

from datetime import date, datetime

from contracts.events.base import Event, State
from contracts.ids import ChangeRequestId, EmployeeId


class ProposalState(State):
    """One field that is to change, without its value; `verdict` is `accept` or `reject` once it is judged."""

    field: str
    verdict: str | None = None


class ChangeRequestState(State):
    """What somebody in the field would have changed; `subject` is `account` or `contact`.

    `subject_id` is empty for something new until it is there. `status` is `draft`, `submitted`, `in_review`, `approved`,
    `partly`, `rejected`, `applied` or `withdrawn`; `outcome` says how it was judged. `automatic`: by rule, not by a person.
    """

    request_id: ChangeRequestId
    subject: str
    subject_id: str | None = None
    base_version: int | None = None
    status: str
    outcome: str | None = None
    fields: list[ProposalState]
    requester_id: EmployeeId | None = None
    reviewer_id: EmployeeId | None = None
    evidence: int = 0
    due_on: date | None = None
    automatic: bool = False
    created_at: datetime


class ChangeRequestDrafted(Event, type="customer.change-request-drafted.v1", topic="customer.change-request"):
    """A change was proposed, as a draft."""

    request: ChangeRequestState


class ChangeRequestRevised(Event, type="customer.change-request-revised.v1", topic="customer.change-request"):
    """A draft was changed by its requester."""

    request: ChangeRequestState


class ChangeRequestSubmitted(Event, type="customer.change-request-submitted.v1", topic="customer.change-request"):
    """The request waits for a steward until `due_on`."""

    request: ChangeRequestState


class ChangeRequestWithdrawn(Event, type="customer.change-request-withdrawn.v1", topic="customer.change-request"):
    """The requester has taken it back."""

    request: ChangeRequestState


class ChangeRequestTaken(Event, type="customer.change-request-taken.v1", topic="customer.change-request"):
    """A steward has taken it up."""

    request: ChangeRequestState


class ChangeRequestJudged(Event, type="customer.change-request-judged.v1", topic="customer.change-request"):
    """Every field has its verdict."""

    request: ChangeRequestState


class ChangeRequestApplied(Event, type="customer.change-request-applied.v1", topic="customer.change-request"):
    """What was accepted of it holds now; the subject's own events tell what that is."""

    request: ChangeRequestState


class ChangeRequestEscalated(Event, type="customer.change-request-escalated.v1", topic="customer.change-request"):
    """It was due and nobody has judged it."""

    request: ChangeRequestState


class ChangeRequestErased(Event, type="customer.change-request-erased.v1", topic="customer.change-request"):
    """A person it speaks of was erased: values, words and files are gone."""

    request: ChangeRequestState
