"""Events of the customer service, one module per noun."""

from contracts.events.customer.accounts import (
    AccountCorrected,
    AccountCreated,
    AccountFactsBegan,
    AccountRegraded,
    AccountReparented,
    AccountStageChanged,
    AccountState,
    DepartmentState,
    GradePeriod,
    IndicatedPatients,
    ParentPeriod,
    StagePeriod,
)
from contracts.events.customer.attributes import (
    AttributeChanged,
    AttributeChoiceState,
    AttributeDefined,
    AttributeState,
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
    "AccountFactsBegan",
    "AccountRegraded",
    "AccountReparented",
    "AccountStageChanged",
    "AccountState",
    "AffiliationState",
    "AttributeChanged",
    "AttributeChoiceState",
    "AttributeDefined",
    "AttributeState",
    "ContactCorrected",
    "ContactCreated",
    "ContactMoved",
    "ContactState",
    "DepartmentState",
    "EmployeeHired",
    "EmployeeReassigned",
    "EmployeeState",
    "GradePeriod",
    "IndicatedPatients",
    "LineChanged",
    "LineOpened",
    "LineState",
    "ParentPeriod",
    "StagePeriod",
    "UnitCreated",
    "UnitState",
]
