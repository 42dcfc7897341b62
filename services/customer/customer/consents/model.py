"""Consents of a contact: a record of what was asked, given and withdrawn, and what follows from it for a day.

A withdrawal wins: an opt-in counts only if it is both dated and recorded after every withdrawal of its channel and
purpose. So neither an opt-in of the same day, nor one recorded late, nor one that a withdrawal recorded late has
overtaken, makes a contact reachable who does not want to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from chassis.aggregate import Entity
from chassis.refusals import Conflict
from contracts.personal import Personal
from contracts.values import ConsentAct, ConsentStanding
from pydantic import StringConstraints

from customer.texts import Note

Channel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A word of the pack's vocabulary: `email`, `sms`, `phone`, `wechat`, `visit` …"""
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""A word of the pack's vocabulary: `promotion`, `medical_information`, `invitation`, `survey` …"""


class ConsentWithdrawn(Conflict):
    """Who has withdrawn a consent is not asked again; the contact may give it again."""

    code = "consent_withdrawn"
    title = "The contact has withdrawn this consent"


class ConsentEntry(Entity):
    """What happened on `on` to the consent to one channel for one purpose; an opt-in holds until `expires_on` (exclusive)."""

    channel: Channel
    purpose: Purpose
    act: ConsentAct
    on: date
    expires_on: date | None = None
    evidence: Annotated[Note | None, Personal] = None
    recorded: datetime
    by: str
    """Who recorded it."""


@dataclass(frozen=True)
class Standing:
    """How a consent stands on a day, since when, and until when it was given."""

    state: ConsentStanding
    since: date | None = None
    expires_on: date | None = None

    @property
    def allowed(self) -> bool:
        """True when the channel may be used for the purpose."""
        return self.state is ConsentStanding.OPTED_IN


def standing(entries: Sequence[ConsentEntry], channel: str, purpose: str, day: date) -> Standing:
    """How a consent stands on a day. `entries` are in the order in which they were recorded."""
    known = [
        (position, one)
        for position, one in enumerate(entries)
        if (one.channel, one.purpose) == (channel, purpose) and one.on <= day
    ]
    withdrawals = [(position, one) for position, one in known if one.act is ConsentAct.WITHDRAWAL]
    given = [
        (one.on, position, one)
        for position, one in known
        if one.act is ConsentAct.OPT_IN and all(position > at and one.on > other.on for at, other in withdrawals)
    ]
    if not given:
        if withdrawals:
            return Standing(ConsentStanding.WITHDRAWN, max(one.on for _, one in withdrawals))
        asked = max((one.on for _, one in known), default=None)
        return Standing(ConsentStanding.NONE if asked is None else ConsentStanding.PENDING, asked)
    last = max(given, key=lambda one: one[:2])[2]
    if last.expires_on is None or day < last.expires_on:
        return Standing(ConsentStanding.OPTED_IN, last.on, last.expires_on)
    asked = max((one.on for _, one in known if one.act is ConsentAct.REQUEST and one.on > last.on), default=None)
    if asked is not None:
        return Standing(ConsentStanding.PENDING, asked)
    return Standing(ConsentStanding.EXPIRED, last.expires_on, last.expires_on)


def allowed(entries: Sequence[ConsentEntry], channel: str, purpose: str, day: date) -> bool:
    """True when the contact may be addressed by the channel for the purpose on that day: asked again at every use."""
    return standing(entries, channel, purpose, day).allowed


def subjects(entries: Sequence[ConsentEntry]) -> list[tuple[str, str]]:
    """Channel and purpose of every consent that something is known of."""
    return sorted({(one.channel, one.purpose) for one in entries})


def with_entry(entries: Sequence[ConsentEntry], entry: ConsentEntry) -> list[ConsentEntry] | None:
    """The record with one more entry; None when it says what the last one of its kind says already.

    Raises: ConsentWithdrawn for a request after a withdrawal.
    """
    state = standing(entries, entry.channel, entry.purpose, max([entry.on, *(one.on for one in entries)])).state
    if entry.act is ConsentAct.REQUEST and state is ConsentStanding.WITHDRAWN:
        raise ConsentWithdrawn(channel=entry.channel, purpose=entry.purpose)
    same = [one for one in entries if (one.channel, one.purpose) == (entry.channel, entry.purpose)]
    said = {"act", "on", "expires_on", "evidence"}
    if same and same[-1].model_dump(include=said) == entry.model_dump(include=said):
        return None
    return [*entries, entry]
