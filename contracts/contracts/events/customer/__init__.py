"""Events of the customer service, one module per noun."""

from contracts.events.customer.accounts import (
    AccountCorrected,
    AccountCreated,
    AccountRealigned,
    AccountStageChanged,
    AccountState,
    DepartmentState,
)
from contracts.events.customer.alignments import (
    AlignmentChanged,
    AlignmentOpened,
    AlignmentState,
    AssignmentState,
    RealignmentDrafted,
    RealignmentPublished,
    RealignmentRevised,
    RealignmentSimulated,
    RealignmentState,
    RealignmentStatus,
    RealignmentSuperseded,
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
    UnitCreated,
    UnitState,
)

__all__ = [
    "AccountCorrected",
    "AccountCreated",
    "AccountRealigned",
    "AccountStageChanged",
    "AccountState",
    "AffiliationState",
    "AlignmentChanged",
    "AlignmentOpened",
    "AlignmentState",
    "AssignmentState",
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
    "RealignmentDrafted",
    "RealignmentPublished",
    "RealignmentRevised",
    "RealignmentSimulated",
    "RealignmentState",
    "RealignmentStatus",
    "RealignmentSuperseded",
    "UnitCreated",
    "UnitState",
]
