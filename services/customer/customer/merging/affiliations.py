"""Affiliations of two contacts that turn out to be one person: how they stand side by side. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from customer.contacts.affiliations import FULL_SHARE, Affiliation, in_order
from customer.merging.model import Adjustment


@dataclass
class Fitted:
    """The timeline afterwards, what had to become otherwise, and what found no place."""

    timeline: list[Affiliation]
    adjustments: list[Adjustment] = field(default_factory=list[Adjustment])
    set_aside: list[Affiliation] = field(default_factory=list[Affiliation])


def fit(own: Sequence[Affiliation], further: Sequence[Affiliation]) -> Fitted:
    """The timeline of `own` with as much of `further` as there is place for.

    A second primary affiliation becomes a further one; a share becomes what is left of the whole. What is at a place that
    is there already at the same time, or for which nothing is left, is set aside.
    """
    fitted = Fitted(list(own))
    for one in sorted(further, key=lambda each: (each.valid_from, not each.primary, each.id)):
        together = [other for other in fitted.timeline if overlap(one, other)]
        left = FULL_SHARE - _most(together, one)
        if left < 1 or any((one.account_id, one.department_id) == (o.account_id, o.department_id) for o in together):
            fitted.set_aside.append(one)
            continue
        primary = one.primary and not any(other.primary for other in together)
        after = {"primary": primary, "share": min(one.share, left)}
        before = {"primary": one.primary, "share": one.share}
        if after != before:
            fitted.adjustments.append(Adjustment(id=one.id, before=before, after=after))
        fitted.timeline.append(one.model_copy(update=after))
    fitted.timeline = in_order(fitted.timeline)
    return fitted


def overlap(one: Affiliation, other: Affiliation) -> bool:
    """True when both hold on some date."""
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def _most(together: Sequence[Affiliation], one: Affiliation) -> int:
    """The largest sum of shares on any date of an affiliation's period; it can only rise where one begins."""
    starts = {max(one.valid_from, other.valid_from) for other in together}
    return max((sum(other.share for other in together if other.holds_on(start)) for start in starts), default=0)
