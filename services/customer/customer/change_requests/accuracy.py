"""How often who proposes has been right: accepted ÷ judged fields, in verdicts of persons within a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.aggregate import Document

from customer.change_requests.model import ChangeRequest, Verdict
from customer.working_policy.model import Acceptance


@dataclass(frozen=True)
class Accuracy:
    """Fields accepted and judged."""

    accepted: int
    judged: int

    @property
    def per_cent(self) -> float | None:
        """None while nothing was judged."""
        return round(100 * self.accepted / self.judged, 2) if self.judged else None

    def suffices(self, rule: Acceptance) -> bool:
        """True when the rule lets this proposer's requests through."""
        return (
            rule.enabled
            and self.judged >= rule.minimum_judged
            and 100 * self.accepted >= rule.minimum_per_cent * self.judged
        )


def judged_within(employee_id: str | None, rule: Acceptance, now: datetime) -> Document:
    """The filter of what counts for a proposer's accuracy."""
    since = now - timedelta(days=rule.window_days)
    return {"requester_id": employee_id, "judged_at": {"$gte": since}, "automatic": False}


def accuracy_of(requests: Sequence[ChangeRequest]) -> Accuracy:
    """The accuracy over requests that persons have judged."""
    verdicts = [one.verdict for request in requests if not request.automatic for one in request.proposals]
    return Accuracy(
        accepted=sum(one is Verdict.ACCEPT for one in verdicts), judged=sum(one is not None for one in verdicts)
    )
