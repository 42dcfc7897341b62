"""Events of the customer service, one module per noun."""

from contracts.events.customer.accounts import (
    AccountCorrected,
    AccountCreated,
    AccountStageChanged,
    AccountState,
    DepartmentState,
)
from contracts.events.customer.contacts import (
    AffiliationState,
    ContactCorrected,
    ContactCreated,
    ContactMoved,
    ContactState,
)
from contracts.events.customer.duplicates import DuplicateDismissed
from contracts.events.customer.lines import LineChanged, LineOpened, LineState
from contracts.events.customer.organisation import (
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
    UnitCreated,
    UnitState,
)

__all__ = [
    "AccountCorrected",
    "AccountCreated",
    "AccountStageChanged",
    "AccountState",
    "AffiliationState",
    "ContactCorrected",
    "ContactCreated",
    "ContactMoved",
    "ContactState",
    "DepartmentState",
    "DuplicateDismissed",
    "EmployeeHired",
    "EmployeeReassigned",
    "EmployeeState",
    "LineChanged",
    "LineOpened",
    "LineState",
    "UnitCreated",
    "UnitState",
]
