"""Whether a contact is worked with: a timeline of statuses, each from a business date until the next one's."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from chassis.aggregate import Entity
from chassis.refusals import RuleBroken
from contracts.personal import Personal
from contracts.values import ContactStatus

from customer.texts import Note


class StatusBeforeLast(RuleBroken):
    """Statuses follow one another in time."""

    code = "status_before_last"
    title = "A status cannot begin before the one it follows"


class StatusEntry(Entity):
    """The contact is active, or is not, from `on` until the next entry's date."""

    status: ContactStatus
    on: date
    reason: Annotated[Note | None, Personal] = None


def status_on(entries: Sequence[StatusEntry], day: date) -> ContactStatus:
    """The status on a date; active before the first entry."""
    return next((one.status for one in reversed(entries) if one.on <= day), ContactStatus.ACTIVE)


def with_status(entries: Sequence[StatusEntry], entry: StatusEntry) -> list[StatusEntry] | None:
    """The timeline with one more entry at its end; None when nothing would change.

    Raises: StatusBeforeLast.
    """
    if entries and entry.on < entries[-1].on:
        raise StatusBeforeLast(f"the last status begins on {entries[-1].on}", field="on")
    if status_on(entries, entry.on) == entry.status:
        return None
    return [*(one for one in entries if one.on < entry.on), entry]
