"""What events tell of a contact: nothing personal."""

from typing import TYPE_CHECKING

from contracts.events.customer import (
    AffiliationState,
    ConsentState,
    ContactState,
    ContactStatusState,
    QualificationState,
)
from contracts.values import ConsentStanding

from customer.consents.model import standing, subjects

if TYPE_CHECKING:
    from customer.contacts.model import Contact


def state_of(contact: "Contact") -> ContactState:
    """The contact's public state, with the whole timelines."""
    return ContactState(
        contact_id=contact.id,
        title=contact.title,
        specialty=contact.specialty,
        survivor_of=contact.survivor_id,
        affiliations=[
            AffiliationState(
                affiliation_id=one.id,
                account_id=one.account_id,
                department_id=one.department_id,
                role=one.role,
                primary=one.primary,
                share=one.share,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
            for one in contact.affiliations
        ],
        qualifications=[
            QualificationState(
                qualification_id=one.id,
                kind=one.kind,
                issuer=one.issuer,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
            for one in contact.qualifications
        ],
        statuses=[ContactStatusState(status=one.status, on=one.on) for one in contact.statuses],
        consents=[_consent(contact, channel, purpose) for channel, purpose in subjects(contact.consents)],
        erased=contact.erasure is not None,
        created_at=contact.created_at,
    )


def _consent(contact: "Contact", channel: str, purpose: str) -> ConsentState:
    latest = max(one.on for one in contact.consents)
    found = standing(contact.consents, channel, purpose, latest)
    given = next(
        (
            one
            for one in reversed(contact.consents)
            if found.state is ConsentStanding.OPTED_IN
            and (one.channel, one.purpose, one.on) == (channel, purpose, found.since)
        ),
        None,
    )
    return ConsentState(
        channel=channel,
        purpose=purpose,
        opted_in_on=given.on if given else None,
        expires_on=given.expires_on if given else None,
        withdrawn_on=found.since if found.state is ConsentStanding.WITHDRAWN else None,
    )
