"""How much work an institution is; see `simulation` for the formula."""

from datetime import date

from contracts.values import Stage

from customer.accounts.model import Account

POINT = 100
"""Hundredths in a point."""
_VISITS_A_POINT, _INPATIENTS_A_POINT, _INPATIENTS_A_BED = 50_000, 2_500, 30
_OVER = frozenset({Stage.CLOSED, Stage.MERGED})


def workload(account: Account, day: date) -> int:
    """Hundredths of a point that a target at the institution is on a date."""
    if is_over(account, day):
        return 0
    by_department = sum(one.outpatient_visits or 0 for one in account.departments)
    visits = account.outpatient_visits if account.outpatient_visits is not None else by_department
    inpatients = sum(one.discharges or 0 for one in account.departments) or _INPATIENTS_A_BED * (account.beds or 0)
    return POINT + visits * POINT // _VISITS_A_POINT + inpatients * POINT // _INPATIENTS_A_POINT


def is_over(account: Account, day: date) -> bool:
    """True when the institution is closed, or has become part of another, on a date."""
    return account.stage_on(day) in _OVER
