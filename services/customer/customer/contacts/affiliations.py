"""Where a contact works over time: a timeline of affiliations and the rules that hold at every instant of it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from chassis.aggregate import Entity
from chassis.ids import new_id
from chassis.refusals import Conflict, RuleBroken
from contracts.ids import AccountId, AffiliationId, DepartmentId
from contracts.personal import Personal
from pydantic import Field

from customer.texts import Note, ShortText

FULL_SHARE = 100
Share = Annotated[int, Field(ge=1, le=FULL_SHARE)]
"""Per cent of the working time."""


class MoveBeforeStart(RuleBroken):
    """A contact leaves a place after having come there."""

    code = "move_before_start"
    title = "The move lies before the start of the affiliation it would end"


class TwoPrimaries(Conflict):
    """At most one affiliation is the primary one at any instant."""

    code = "two_primary_affiliations"
    title = "Two primary affiliations would hold at one instant"


class SharesExceedWhole(RuleBroken):
    """Nobody works more than 100 %."""

    code = "shares_exceed_whole"
    title = "The shares of the affiliations of one instant exceed 100 %"


class Affiliation(Entity):
    """A contact works at an institution from `valid_from` until `valid_to` (exclusive; None: until further notice)."""

    id: AffiliationId
    account_id: AccountId
    department_id: DepartmentId | None = None
    role: ShortText | None = None
    primary: bool = True
    share: Share = FULL_SHARE
    valid_from: date
    valid_to: date | None = None
    evidence: Annotated[Note | None, Personal] = None
    follows: AffiliationId | None = None
    """The affiliation that ended for this one to begin: a move, or another role."""

    def holds_on(self, day: date) -> bool:
        """True when the contact works there on that date."""
        return self.valid_from <= day and not self.has_ended(day)

    def has_ended(self, day: date) -> bool:
        """True when it is over by that date; a planned one is not."""
        return self.valid_to is not None and self.valid_to <= day

    def is_at(self, account_id: str, department_id: str | None, role: str | None) -> bool:
        """True when institution, department and role are these."""
        return (self.account_id, self.department_id, self.role) == (account_id, department_id, role)


def primary_on(affiliations: Sequence[Affiliation], day: date) -> Affiliation | None:
    """The primary affiliation of a date."""
    return next((one for one in affiliations if one.primary and one.holds_on(day)), None)


def moved(
    affiliations: Sequence[Affiliation],
    *,
    account_id: str,
    department_id: str | None,
    role: str | None,
    on: date,
    evidence: str | None,
) -> list[Affiliation]:
    """The timeline after a move on `on`: the primary affiliation of that date ends there, another begins.

    What was planned or recorded to come after the ended affiliation still comes after the new one; when that is the
    place moved to, it only comes earlier.

    Raises: MoveBeforeStart when no primary affiliation began before `on`.
    """
    current = primary_on(affiliations, on)
    if current is None or on <= current.valid_from:
        started = current.valid_from if current else min(one.valid_from for one in affiliations)
        raise MoveBeforeStart(f"the affiliation to be ended begins on {started}", field="on")
    after = primary_on(affiliations, current.valid_to) if current.valid_to else None
    changed = [one for one in affiliations if one is not current and one is not after]
    changed.append(current.model_copy(update={"valid_to": on}))
    if after is not None and after.is_at(account_id, department_id, role):
        changed.append(after.model_copy(update={"valid_from": on}))
    else:
        changed.append(
            Affiliation(
                id=new_id("aff"),
                account_id=account_id,
                department_id=department_id,
                role=role,
                share=current.share,
                valid_from=on,
                valid_to=current.valid_to,
                evidence=evidence,
                follows=current.id,
            )
        )
        if after is not None:
            changed.append(following(after, current.id, changed[-1].id))
    return in_order(changed)


def following(affiliation: Affiliation, before: str, instead: str | None) -> Affiliation:
    """The affiliation as it is when another one has come, or gone, between it and the one that it followed."""
    return affiliation.model_copy(update={"follows": instead}) if affiliation.follows == before else affiliation


def in_order(affiliations: Sequence[Affiliation]) -> list[Affiliation]:
    """The timeline by its starts.

    Raises: TwoPrimaries, SharesExceedWhole when a rule fails at any instant; it can only fail where one begins.
    """
    for start in sorted({one.valid_from for one in affiliations}):
        together = [one for one in affiliations if one.holds_on(start)]
        if sum(one.primary for one in together) > 1:
            raise TwoPrimaries(f"on {start} two affiliations would be the primary one")
        if sum(one.share for one in together) > FULL_SHARE:
            raise SharesExceedWhole(f"on {start} the shares add up to more than {FULL_SHARE} %")
    return sorted(affiliations, key=lambda one: (one.valid_from, not one.primary, one.id))
