"""A person we visit."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Document, Index
from chassis.refusals import Conflict, Refusal
from contracts.events.customer import (
    AffiliationCancelled,
    AffiliationCorrected,
    ConsentChanged,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactErased,
    ContactLeft,
    ContactMoved,
    ContactRoleChanged,
    ContactState,
    ContactStatusChanged,
)
from contracts.personal import Personal
from contracts.values import ContactStatus, Stamp
from pydantic import Field, PrivateAttr

from customer.consents.model import ConsentEntry, allowed, with_entry
from customer.contacts import timeline
from customer.contacts.affiliations import Affiliation, in_order, moved, primary_on
from customer.contacts.qualifications import Qualification
from customer.contacts.status import StatusEntry, status_on, with_status
from customer.contacts.telling import state_of
from customer.duplicates.traits import ContactTraits, Job, contact_keys, contact_traits
from customer.erasure.model import Erased, Erasure, ErasureState
from customer.mergeable import Mergeable
from customer.search import person_fields
from customer.texts import Name, ShortText

CORRECTABLE = ("name", "pinyin", "title", "specialty", "mobile", "licence", "qualifications")


class AlreadyRegistered(Conflict):
    """The mobile number, or the licence number, is that of another contact."""

    code = "already_registered"
    title = "The contact is registered already"


class Contact(Mergeable, kind="contact", collection="contacts", prefix="con"):
    """A person we visit. Affiliations live inside, so that "one primary at any instant" is this document's own rule."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("mobile", 1)], unique=True, where={"mobile": {"$type": "string"}}, refusal=AlreadyRegistered),
        Index([("licence", 1)], unique=True, where={"licence": {"$type": "string"}}, refusal=AlreadyRegistered),
        Index([("search", 1)]),
        Index([("match_keys", 1)]),
        Index([("affiliations.account_id", 1)]),
        Index([("restamp_on", 1)]),
        Index([("survivor_id", 1)], where={"survivor_id": {"$type": "string"}}),
        Index([("erasure.state", 1)], where={"erasure.state": "running"}),
    ]

    name: Annotated[Name | None, Personal]
    """None once it has been erased."""
    pinyin: Annotated[Name | None, Personal] = None
    title: ShortText | None = None
    specialty: ShortText | None = None
    mobile: Annotated[str | None, Personal] = None
    """E.164."""
    licence: Annotated[str | None, Personal] = None
    qualifications: list[Qualification] = Field(default_factory=list[Qualification])
    statuses: list[StatusEntry] = Field(default_factory=list[StatusEntry])
    """Changes of the status; before the first the contact is active."""
    affiliations: list[Affiliation]
    consents: list[ConsentEntry] = Field(default_factory=list[ConsentEntry])
    """In the order in which they were recorded."""
    created_at: datetime
    erasure: Erasure | None = None
    restamp_on: date | None = None
    """When the next affiliation ends, and with it what its institution's people may see."""
    _unmoved: bool = PrivateAttr(default=False)

    @property
    def unmoved(self) -> bool:
        """True in the unit of work whose move would have changed nothing."""
        return self._unmoved

    @property
    def traits(self) -> ContactTraits:
        """What the contact is compared by with others that may be the same person."""
        return contact_traits(
            name=self.name,
            title=self.title,
            specialty=self.specialty,
            mobile=self.mobile,
            jobs=(
                Job(one.account_id, one.department_id, one.role, one.valid_from, one.valid_to)
                for one in self.affiliations
            ),
        )

    @property
    def match_keys(self) -> list[int]:
        """The keys under which it meets others that may be the same person."""
        return [] if self.is_merged else contact_keys(self.traits)

    @property
    def _searched(self) -> tuple[str | None, str | None]:
        return (None, None) if self.is_merged else (self.name, self.pinyin)

    def dump(self) -> Document:
        """The stored document: the fields and what is derived from them for searches and comparisons."""
        return {**super().dump(), **person_fields(*self._searched), "match_keys": self.match_keys}

    def gone(self) -> Refusal | None:
        """The refusal of commands that name the contact, while it is merged and once it was erased."""
        return super().gone() or (Erased() if self.erasure else None)

    def primary_on(self, day: date) -> Affiliation | None:
        """The primary affiliation of a date."""
        return primary_on(self.affiliations, day)

    def affiliations_on(self, day: date) -> list[Affiliation]:
        """Where the contact works on a date."""
        return [one for one in self.affiliations if one.holds_on(day)]

    def status_on(self, day: date) -> ContactStatus:
        """Whether the contact is worked with on a date."""
        return status_on(self.statuses, day)

    def lasting(self, today: date) -> list[Affiliation]:
        """Affiliations of today and planned ones: their institutions' people see the contact."""
        return [one for one in self.affiliations if not one.has_ended(today)]

    def affiliate(self, affiliation: Affiliation) -> None:
        """Take up a further affiliation.

        Raises: TwoPrimaries, SharesExceedWhole.
        """
        self.affiliations = in_order([*self.affiliations, affiliation])

    def move(
        self, *, account_id: str, department_id: str | None, role: str | None, on: date, evidence: str | None
    ) -> ContactMoved | None:
        """Move the primary employment on `on`; None when the contact has that very place on that date.

        Raises: MoveBeforeStart.
        """
        current = self.primary_on(on)
        if current is not None and current.is_at(account_id, department_id, role):
            self._unmoved = True
            return None
        self.affiliations = moved(
            self.affiliations,
            account_id=account_id,
            department_id=department_id,
            role=role,
            on=on,
            evidence=evidence,
        )
        assert current is not None, "without one the move is refused"
        return ContactMoved(
            contact=self.state(),
            from_account_id=current.account_id,
            from_department_id=current.department_id,
            to_account_id=account_id,
            to_department_id=department_id,
            role=role,
            on=on,
        )

    def take_up(self, affiliation: Affiliation) -> ContactAffiliated:
        """Work at a further institution.

        Raises: EndsBeforeItStarts, BeforeFirstAffiliation, AlreadyAffiliated, TwoPrimaries, SharesExceedWhole.
        """
        self.affiliations = timeline.affiliated(self.affiliations, affiliation)
        return ContactAffiliated(
            contact=self.state(),
            affiliation_id=affiliation.id,
            account_id=affiliation.account_id,
            on=affiliation.valid_from,
        )

    def leave(self, affiliation_id: str, on: date) -> ContactLeft | None:
        """End an affiliation; None when it ends on that date already.

        Raises: NoSuchAffiliation, EndsBeforeItStarts, AffiliationEnded.
        """
        after = timeline.ended(self.affiliations, affiliation_id, on)
        if after is None:
            return None
        self.affiliations = after
        one = timeline.found(after, affiliation_id)
        return ContactLeft(contact=self.state(), affiliation_id=one.id, account_id=one.account_id, on=on)

    def change_role(
        self, affiliation_id: str, *, role: str | None, share: int | None, on: date
    ) -> ContactRoleChanged | None:
        """Have another role, or share, at the same place from `on`; None when nothing would change.

        Raises: NoSuchAffiliation, OutsideAffiliation, SharesExceedWhole.
        """
        after = timeline.with_role(self.affiliations, affiliation_id, role=role, share=share, on=on)
        if after is None:
            return None
        self.affiliations, one = after
        return ContactRoleChanged(
            contact=self.state(), affiliation_id=one.id, account_id=one.account_id, role=role, on=on
        )

    def correct_affiliation(self, affiliation_id: str, facts: dict[str, Any]) -> AffiliationCorrected | None:
        """Overwrite period or share of an affiliation; None when nothing would change.

        Raises: NoSuchAffiliation, EndsBeforeItStarts, TwoPrimaries, SharesExceedWhole.
        """
        self.affiliations, changed = timeline.corrected(self.affiliations, affiliation_id, facts)
        if not changed:
            return None
        one = timeline.found(self.affiliations, affiliation_id)
        return AffiliationCorrected(
            contact=self.state(), affiliation_id=one.id, account_id=one.account_id, changed=changed
        )

    def cancel(self, affiliation_id: str, today: date) -> AffiliationCancelled:
        """Take back a planned affiliation. Raises: NoSuchAffiliation, AlreadyInForce, OnlyAffiliation."""
        one = timeline.found(self.affiliations, affiliation_id)
        self.affiliations = timeline.cancelled(self.affiliations, affiliation_id, today)
        return AffiliationCancelled(
            contact=self.state(), affiliation_id=one.id, account_id=one.account_id, on=one.valid_from
        )

    def change_status(self, entry: StatusEntry) -> ContactStatusChanged | None:
        """Be worked with, or not any more; None when nothing would change. Raises: StatusBeforeLast."""
        after = with_status(self.statuses, entry)
        if after is None:
            return None
        self.statuses = after
        return ContactStatusChanged(contact=self.state(), status=entry.status, on=entry.on)

    def correct(self, facts: dict[str, Any]) -> ContactCorrected | None:
        """Overwrite the facts named; None when nothing would change."""
        changed = [fact for fact in CORRECTABLE if fact in facts and facts[fact] != getattr(self, fact)]
        for fact in changed:
            setattr(self, fact, facts[fact])
        return ContactCorrected(contact=self.state(), changed=changed) if changed else None

    def show_to(self, stamps: list[Stamp], today: date) -> None:
        """Be visible where `stamps` say, until the next affiliation ends."""
        self.visible = sorted(set(stamps), key=lambda stamp: (stamp.path, stamp.line))
        self.restamp_on = min(
            (one.valid_to for one in self.affiliations if one.valid_to and one.valid_to > today), default=None
        )

    def created(self) -> ContactCreated:
        """The event of the registration."""
        return ContactCreated(contact=self.state())

    def consent(self, entry: ConsentEntry) -> ConsentChanged | None:
        """Be asked for a consent, give it or withdraw it; None when that is known. Raises: ConsentWithdrawn."""
        after = with_entry(self.consents, entry)
        if after is None:
            return None
        self.consents = after
        return ConsentChanged(
            contact=self.state(), channel=entry.channel, purpose=entry.purpose, act=entry.act, on=entry.on
        )

    def allowed(self, channel: str, purpose: str, day: date) -> bool:
        """True when the person may be addressed by the channel for the purpose on that day; an erased one never."""
        return self.erasure is None and allowed(self.consents, channel, purpose, day)

    def erase(self, erasure: Erasure, today: date) -> ContactErased:
        """Be nobody any more; what is personal has been cleared."""
        self.erasure = erasure
        return ContactErased(contact=self.state(), on=today)

    def complete_erasure(self, at: datetime) -> bool:
        """The last traces are gone; False when that is known."""
        if self.erasure is None or self.erasure.state is ErasureState.DONE:
            return False
        self.erasure = self.erasure.model_copy(update={"state": ErasureState.DONE, "completed_at": at})
        return True

    def state(self) -> ContactState:
        """What events tell of the contact: nothing personal."""
        return state_of(self)

    @staticmethod
    def working_at(
        account_id: str, today: date, department_id: str | None = None, *, as_of: date | None = None
    ) -> Document:
        """The filter of contacts who work, or are to work, at an institution; with `as_of`, who work there on that day."""
        where: Document = {"account_id": account_id, "valid_to": {"$not": {"$lte": (as_of or today).isoformat()}}}
        if as_of is not None:
            where["valid_from"] = {"$lte": as_of.isoformat()}
        if department_id is not None:
            where["department_id"] = department_id
        return {"affiliations.account_id": account_id, "affiliations": {"$elemMatch": where}}
