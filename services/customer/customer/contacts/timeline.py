"""What may be done to a timeline of affiliations besides moving: take one up, end one, change a role, correct, cancel.

Pure functions: each takes a timeline and gives the one afterwards, in order, with every rule of it checked.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from chassis.ids import new_id
from chassis.refusals import Conflict, NotFound, RuleBroken

from customer.contacts.affiliations import Affiliation, following, in_order

PERIOD_AND_SHARE = ("share", "valid_from", "valid_to", "evidence")
"""What can be corrected of an affiliation; place and role change by moves and role changes."""


class NoSuchAffiliation(NotFound):
    """The contact has no affiliation of this id."""

    title = "The contact has no such affiliation"


class BeforeFirstAffiliation(RuleBroken):
    """Nobody has a second employment before the first."""

    code = "before_first_affiliation"
    title = "The affiliation would begin before the person's first one"


class AlreadyAffiliated(Conflict):
    """One employment is recorded once."""

    code = "already_affiliated"
    title = "The contact works in that place at that time already"


class AffiliationEnded(Conflict):
    """What is over cannot end later; a mistaken end is corrected."""

    code = "affiliation_ended"
    title = "The affiliation has ended already"


class EndsBeforeItStarts(RuleBroken):
    """An affiliation holds from `valid_from` until `valid_to`, exclusive."""

    code = "ends_before_it_starts"
    title = "An affiliation ends after it has started"


class OutsideAffiliation(RuleBroken):
    """A role changes while the affiliation holds."""

    code = "outside_affiliation"
    title = "The affiliation does not hold on that date"


class AlreadyInForce(Conflict):
    """Only plans can be cancelled; what holds is ended or corrected."""

    code = "already_in_force"
    title = "The affiliation is no plan any more"


class OnlyAffiliation(Conflict):
    """A contact is known by where the person works."""

    code = "only_affiliation"
    title = "The only affiliation of a contact cannot be taken away"


def found(affiliations: Sequence[Affiliation], affiliation_id: str) -> Affiliation:
    """The affiliation of that id. Raises: NoSuchAffiliation."""
    one = next((one for one in affiliations if one.id == affiliation_id), None)
    if one is None:
        raise NoSuchAffiliation(f"{affiliation_id} is no affiliation of the contact")
    return one


def affiliated(affiliations: Sequence[Affiliation], taken_up: Affiliation) -> list[Affiliation]:
    """The timeline with a further affiliation.

    Raises: EndsBeforeItStarts, BeforeFirstAffiliation, AlreadyAffiliated, TwoPrimaries, SharesExceedWhole.
    """
    _check_period(taken_up)
    first = min((one.valid_from for one in affiliations), default=taken_up.valid_from)
    if taken_up.valid_from < first:
        raise BeforeFirstAffiliation(f"the first affiliation begins on {first}", field="valid_from")
    for one in affiliations:
        same = (one.account_id, one.department_id) == (taken_up.account_id, taken_up.department_id)
        if same and _overlap(one, taken_up):
            raise AlreadyAffiliated(affiliation_id=one.id)
    return in_order([*affiliations, taken_up])


def ended(affiliations: Sequence[Affiliation], affiliation_id: str, on: date) -> list[Affiliation] | None:
    """The timeline with one affiliation ending on `on`; None when it ends on that very date already.

    Raises: NoSuchAffiliation, EndsBeforeItStarts, AffiliationEnded.
    """
    one = found(affiliations, affiliation_id)
    if one.valid_to == on:
        return None
    if on <= one.valid_from:
        raise EndsBeforeItStarts(f"the affiliation begins on {one.valid_from}", field="on")
    if one.has_ended(on):
        raise AffiliationEnded(ended_on=one.valid_to)
    return _with(affiliations, one, valid_to=on)


def with_role(
    affiliations: Sequence[Affiliation], affiliation_id: str, *, role: str | None, share: int | None, on: date
) -> tuple[list[Affiliation], Affiliation] | None:
    """The timeline with another role at the same place from `on`, and the affiliation that holds from then on.

    The share that is not given stays. On the first day of an affiliation it only gets the other role; None when it has
    the role and the share.

    Raises: NoSuchAffiliation, OutsideAffiliation, SharesExceedWhole.
    """
    one = found(affiliations, affiliation_id)
    if not one.holds_on(on):
        until = f"until {one.valid_to}" if one.valid_to else "until further notice"
        raise OutsideAffiliation(f"the affiliation holds from {one.valid_from} {until}", field="on")
    share = share or one.share
    if (role, share) == (one.role, one.share):
        return None
    if on == one.valid_from:
        changed = one.model_copy(update={"role": role, "share": share})
        return in_order([changed if each is one else each for each in affiliations]), changed
    later = one.model_copy(
        update={
            "id": new_id("aff"),
            "role": role,
            "share": share,
            "valid_from": on,
            "evidence": None,
            "follows": one.id,
        }
    )
    before = one.model_copy(update={"valid_to": on})
    others = [following(each, one.id, later.id) for each in affiliations if each is not one]
    return in_order([*others, before, later]), later


def corrected(
    affiliations: Sequence[Affiliation], affiliation_id: str, facts: Mapping[str, Any]
) -> tuple[list[Affiliation], list[str]]:
    """The timeline with other facts of one affiliation, and which of `PERIOD_AND_SHARE` are others now.

    Raises: NoSuchAffiliation, EndsBeforeItStarts, TwoPrimaries, SharesExceedWhole.
    """
    one = found(affiliations, affiliation_id)
    changed = [name for name in PERIOD_AND_SHARE if name in facts and facts[name] != getattr(one, name)]
    return _with(affiliations, one, **{name: facts[name] for name in changed}), changed


def cancelled(affiliations: Sequence[Affiliation], affiliation_id: str, today: date) -> list[Affiliation]:
    """The timeline without a planned affiliation; what would have ended for it goes on in its stead.

    Raises: NoSuchAffiliation, AlreadyInForce, OnlyAffiliation.
    """
    one = found(affiliations, affiliation_id)
    if one.valid_from <= today:
        raise AlreadyInForce(began_on=one.valid_from)
    rest = [each for each in affiliations if each is not one]
    if not rest:
        raise OnlyAffiliation
    before = next((each for each in rest if each.id == one.follows and each.valid_to == one.valid_from), None)
    kept = [following(each, one.id, before.id if before else None) for each in rest if each is not before]
    if before is not None:
        kept.append(before.model_copy(update={"valid_to": one.valid_to}))
    return in_order(kept)


def _with(affiliations: Sequence[Affiliation], one: Affiliation, **facts: Any) -> list[Affiliation]:
    changed = one.model_copy(update=facts)
    _check_period(changed)
    return in_order([changed if each is one else each for each in affiliations])


def _check_period(affiliation: Affiliation) -> None:
    if affiliation.valid_to is not None and affiliation.valid_to <= affiliation.valid_from:
        raise EndsBeforeItStarts(f"it begins on {affiliation.valid_from}", field="valid_to")


def _overlap(one: Affiliation, other: Affiliation) -> bool:
    return not one.has_ended(other.valid_from) and not other.has_ended(one.valid_from)
