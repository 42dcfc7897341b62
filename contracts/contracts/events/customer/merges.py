"""Events of merges: an entry was found to be another one, or not to be it after all.

Nobody rewrites references. Whoever keeps an id reads it as that of its survivor for as long as `survivor_of` in the state
names one, and that one perhaps as that of its own.
"""

from datetime import date

from contracts.events.base import Event
from contracts.events.customer.accounts import AccountState
from contracts.events.customer.contacts import ContactState
from contracts.ids import AccountId, ContactId


class AccountMerged(Event, type="customer.account-merged.v1", topic="customer.account"):
    """The institution is another one, `account.survivor_of`; its departments, contacts and alignments went there."""

    account: AccountState
    merge_id: str
    on: date


class AccountUnmerged(Event, type="customer.account-unmerged.v1", topic="customer.account"):
    """The institution stands for itself again: the merge into `was_survivor_id` was undone."""

    account: AccountState
    merge_id: str
    was_survivor_id: AccountId


class ContactMerged(Event, type="customer.contact-merged.v1", topic="customer.contact"):
    """The contact is another one, `contact.survivor_of`; the affiliations for which there was a place went there."""

    contact: ContactState
    merge_id: str
    on: date


class ContactUnmerged(Event, type="customer.contact-unmerged.v1", topic="customer.contact"):
    """The contact stands for itself again: the merge into `was_survivor_id` was undone."""

    contact: ContactState
    merge_id: str
    was_survivor_id: ContactId


class MergeErased(Event, type="customer.merge-erased.v1", topic="customer.merge"):
    """The person of whom two contacts were merged was erased; the words of who merged them are known no more."""

    merge_id: str
    survivor_id: ContactId
    merged_id: ContactId
