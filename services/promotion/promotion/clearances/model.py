"""What this service has answered to an institution that is closing."""

from collections.abc import Sequence

from chassis.aggregate import Aggregate
from chassis.ids import tail
from contracts.events.promotion import AccountClearedOfStock, AccountHeldByStock, StockClearanceState
from contracts.ids import AccountId, BalanceId, ClearanceId
from contracts.values import Stamp


def clearance_id(account_id: AccountId) -> ClearanceId:
    """The id of an institution's clearance: always the same."""
    return f"clr_{tail(account_id)}"


class StockClearance(Aggregate, kind="stock-clearance", collection="clearances", prefix="clr"):
    """Whether something of the company's stands at an institution that is closing, for its latest attempt."""

    account_id: AccountId
    attempt: int = 0
    holding: list[BalanceId]

    @classmethod
    def open(cls, account_id: AccountId, stamps: list[Stamp]) -> "StockClearance":
        """A clearance before the first answer."""
        return cls(id=clearance_id(account_id), account_id=account_id, holding=[], visible=stamps)

    def answer(self, attempt: int, balance_ids: Sequence[BalanceId]) -> AccountClearedOfStock | AccountHeldByStock:
        """Answer an attempt with the balances that are not zero."""
        self.attempt, self.holding = attempt, sorted(balance_ids)
        state = StockClearanceState(
            clearance_id=self.id, account_id=self.account_id, attempt=attempt, clear=not self.holding
        )
        if self.holding:
            return AccountHeldByStock(clearance=state, balance_ids=self.holding)
        return AccountClearedOfStock(clearance=state)
