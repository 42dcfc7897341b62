"""What this service has answered to an institution that is closing."""

from collections.abc import Sequence

from chassis.aggregate import Aggregate
from chassis.ids import tail
from contracts.events.visits import AccountClearedOfVisits, AccountHeldByVisits, ClearanceState
from contracts.ids import AccountId, ClearanceId, VisitId
from contracts.values import Stamp


def clearance_id(account_id: AccountId) -> ClearanceId:
    """The id of an institution's clearance: always the same."""
    return f"clr_{tail(account_id)}"


class Clearance(Aggregate, kind="visit-clearance", collection="clearances", prefix="clr"):
    """Whether visits are open at an institution that is closing; one per institution, for its latest attempt."""

    account_id: AccountId
    attempt: int = 0
    holding: list[VisitId]

    @classmethod
    def open(cls, account_id: AccountId, stamps: list[Stamp]) -> "Clearance":
        """A clearance before the first answer."""
        return cls(id=clearance_id(account_id), account_id=account_id, holding=[], visible=stamps)

    def answer(self, attempt: int, visit_ids: Sequence[VisitId]) -> AccountClearedOfVisits | AccountHeldByVisits:
        """Answer an attempt with the visits that are open."""
        self.attempt, self.holding = attempt, sorted(visit_ids)
        state = ClearanceState(
            clearance_id=self.id, account_id=self.account_id, attempt=attempt, clear=not self.holding
        )
        if self.holding:
            return AccountHeldByVisits(clearance=state, visit_ids=self.holding)
        return AccountClearedOfVisits(clearance=state)
