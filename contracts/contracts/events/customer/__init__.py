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
from contracts.events.customer.lines import LineChanged, LineOpened, LineState
from contracts.events.customer.organisation import (
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
    PositionState,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitMovePlanned,
    UnitPathChanged,
    UnitRenamed,
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
    "EmployeeHired",
    "EmployeeReassigned",
    "EmployeeState",
    "LineChanged",
    "LineOpened",
    "LineState",
    "PositionState",
    "UnitClosed",
    "UnitCreated",
    "UnitMovePlanned",
    "UnitMoved",
    "UnitPathChanged",
    "UnitRenamed",
    "UnitState",
]
