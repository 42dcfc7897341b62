"""Events of the customer service, one module per noun."""

from contracts.events.customer.accounts import (
    AccountCorrected,
    AccountCreated,
    AccountStageChanged,
    AccountState,
    DepartmentState,
)
from contracts.events.customer.contacts import (
    AffiliationCancelled,
    AffiliationCorrected,
    AffiliationState,
    ContactAffiliated,
    ContactCorrected,
    ContactCreated,
    ContactLeft,
    ContactMoved,
    ContactRoleChanged,
    ContactState,
    ContactStatusChanged,
    ContactStatusState,
    QualificationState,
)
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
    "AffiliationCancelled",
    "AffiliationCorrected",
    "AffiliationState",
    "ContactAffiliated",
    "ContactCorrected",
    "ContactCreated",
    "ContactLeft",
    "ContactMoved",
    "ContactRoleChanged",
    "ContactState",
    "ContactStatusChanged",
    "ContactStatusState",
    "DepartmentState",
    "EmployeeHired",
    "EmployeeReassigned",
    "EmployeeState",
    "LineChanged",
    "LineOpened",
    "LineState",
    "QualificationState",
    "UnitCreated",
    "UnitState",
]
