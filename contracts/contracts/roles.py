"""Roles and what each may do. This file is the whole truth: routes declare one permission, the matrix test reads it here."""

from enum import StrEnum


class Role(StrEnum):
    """What an employee is in the system; the unit of the position says where."""

    REP = "rep"
    MANAGER = "manager"
    HQ = "hq"
    STEWARD = "steward"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"


COMPANY_WIDE = frozenset({Role.HQ, Role.STEWARD, Role.WAREHOUSE, Role.FINANCE, Role.AUDITOR, Role.ADMIN})
"""Roles that see all units; the others see their own unit and everything below it."""


class Permission(StrEnum):
    """One verb on one noun; each route declares exactly one."""

    UNITS_READ = "units.read"
    UNITS_WRITE = "units.write"
    EMPLOYEES_READ = "employees.read"
    EMPLOYEES_WRITE = "employees.write"
    HANDOVERS_READ = "handovers.read"
    HANDOVERS_WRITE = "handovers.write"
    LINES_READ = "lines.read"
    LINES_WRITE = "lines.write"
    ALIGNMENTS_READ = "alignments.read"
    ALIGNMENTS_WRITE = "alignments.write"
    REALIGNMENTS_READ = "realignments.read"
    REALIGNMENTS_WRITE = "realignments.write"
    REALIGNMENTS_PUBLISH = "realignments.publish"
    DIRECTORY_READ = "directory.read"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_WRITE = "accounts.write"
    ACCOUNT_NOTES_WRITE = "account-notes.write"
    ACCOUNT_PLANS_WRITE = "account-plans.write"
    ATTRIBUTES_WRITE = "attributes.write"
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_MOVE = "contacts.move"
    IMPORTS_RUN = "imports.run"
    CONTACTS_ERASE = "contacts.erase"
    INFLUENCE_READ = "influence.read"
    INFLUENCE_WRITE = "influence.write"
    CONSENTS_READ = "consents.read"
    CONSENTS_WRITE = "consents.write"
    DUPLICATES_READ = "duplicates.read"
    DUPLICATES_JUDGE = "duplicates.judge"
    MERGES_READ = "merges.read"
    MERGES_WRITE = "merges.write"
    CHANGE_REQUESTS_READ = "change-requests.read"
    CHANGE_REQUESTS_WRITE = "change-requests.write"
    CHANGE_REQUESTS_JUDGE = "change-requests.judge"
    WORKING_POLICY_READ = "working-policy.read"
    WORKING_POLICY_WRITE = "working-policy.write"
    CARE_READ = "care.read"
    CARE_WRITE = "care.write"
    CARE_ASSIGN = "care.assign"
    CARE_PLANS_WRITE = "care-plans.write"
    SCORES_READ = "scores.read"
    SCORE_MODELS_WRITE = "score-models.write"
    SCORE_OVERRIDES_REQUEST = "score-overrides.request"
    SCORE_OVERRIDES_DECIDE = "score-overrides.decide"
    PRODUCTS_READ = "products.read"
    PRODUCTS_WRITE = "products.write"
    MATERIALS_READ = "materials.read"
    MATERIALS_WRITE = "materials.write"
    STOCK_READ = "stock.read"
    STOCK_RECEIVE = "stock.receive"
    STOCK_TRANSFER = "stock.transfer"
    VISITS_READ = "visits.read"
    VISITS_WRITE = "visits.write"
    ANALYTICS_READ = "analytics.read"
    EVENTS_READ = "events.read"
    AUDIT_READ = "audit.read"
    SESSION = "session"
    """Acting on one's own session and profile; every signed-in employee has it."""


_READ = frozenset(
    {
        Permission.SESSION,
        Permission.UNITS_READ,
        Permission.EMPLOYEES_READ,
        Permission.HANDOVERS_READ,
        Permission.LINES_READ,
        Permission.ALIGNMENTS_READ,
        Permission.DIRECTORY_READ,
        Permission.ACCOUNTS_READ,
        Permission.CONTACTS_READ,
        Permission.INFLUENCE_READ,
        Permission.CONSENTS_READ,
        Permission.DUPLICATES_READ,
        Permission.MERGES_READ,
        Permission.CHANGE_REQUESTS_READ,
        Permission.WORKING_POLICY_READ,
        Permission.CARE_READ,
        Permission.SCORES_READ,
        Permission.PRODUCTS_READ,
        Permission.MATERIALS_READ,
        Permission.STOCK_READ,
        Permission.VISITS_READ,
        Permission.ANALYTICS_READ,
        Permission.EVENTS_READ,
    }
)

_AT_ACCOUNTS = frozenset(
    {
        Permission.ACCOUNT_NOTES_WRITE,
        Permission.ACCOUNT_PLANS_WRITE,
        Permission.CHANGE_REQUESTS_WRITE,
        Permission.CARE_WRITE,
    }
)
"""Writing down what one means to do, has heard or would have changed, at the institutions of one's scope."""

_CARE = frozenset({Permission.CARE_ASSIGN, Permission.CARE_PLANS_WRITE})

_EVALUATION = frozenset({Permission.SCORE_MODELS_WRITE, Permission.SCORE_OVERRIDES_REQUEST})
"""Saying what institutions and contacts are scored by."""

_TERRITORIES = frozenset(
    {
        Permission.ALIGNMENTS_WRITE,
        Permission.REALIGNMENTS_READ,
        Permission.REALIGNMENTS_WRITE,
        Permission.REALIGNMENTS_PUBLISH,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REP: _READ
    | _AT_ACCOUNTS
    | {Permission.CONSENTS_WRITE, Permission.VISITS_WRITE, Permission.SCORE_OVERRIDES_REQUEST},
    Role.MANAGER: _READ
    | _AT_ACCOUNTS
    | _CARE
    | {
        Permission.CONSENTS_WRITE,
        Permission.HANDOVERS_WRITE,
        Permission.SCORE_OVERRIDES_REQUEST,
        Permission.SCORE_OVERRIDES_DECIDE,
        Permission.STOCK_TRANSFER,
        Permission.VISITS_WRITE,
    },
    Role.HQ: _READ
    | _EVALUATION
    | {
        Permission.SCORE_OVERRIDES_DECIDE,
        Permission.REALIGNMENTS_READ,
        Permission.PRODUCTS_WRITE,
        Permission.MATERIALS_WRITE,
        Permission.STOCK_RECEIVE,
        Permission.STOCK_TRANSFER,
    },
    Role.STEWARD: _READ
    | _AT_ACCOUNTS
    | _TERRITORIES
    | _CARE
    | _EVALUATION
    | {
        Permission.CHANGE_REQUESTS_JUDGE,
        Permission.WORKING_POLICY_WRITE,
        Permission.ACCOUNTS_WRITE,
        Permission.CONTACTS_WRITE,
        Permission.CONTACTS_MOVE,
        Permission.CONTACTS_ERASE,
        Permission.INFLUENCE_WRITE,
        Permission.CONSENTS_WRITE,
        Permission.ATTRIBUTES_WRITE,
        Permission.DUPLICATES_JUDGE,
        Permission.MERGES_WRITE,
        Permission.IMPORTS_RUN,
    },
    Role.WAREHOUSE: _READ | {Permission.MATERIALS_WRITE, Permission.STOCK_RECEIVE, Permission.STOCK_TRANSFER},
    Role.FINANCE: _READ,
    Role.AUDITOR: _READ | {Permission.REALIGNMENTS_READ, Permission.AUDIT_READ},
    Role.ADMIN: _READ
    | _TERRITORIES
    | {
        Permission.WORKING_POLICY_WRITE,
        Permission.ATTRIBUTES_WRITE,
        Permission.UNITS_WRITE,
        Permission.EMPLOYEES_WRITE,
        Permission.HANDOVERS_WRITE,
        Permission.LINES_WRITE,
    },
}

LEAVER = frozenset(
    {
        Permission.SESSION,
        Permission.HANDOVERS_READ,
        Permission.MATERIALS_READ,
        Permission.STOCK_READ,
        Permission.STOCK_TRANSFER,
    }
)
"""What is left of everybody's roles from the leaving date on: handing over own stock and advances. Transfers of a leaver
start at the own stock; the services see to that."""


def permissions_of(roles: list[Role] | frozenset[Role]) -> frozenset[Permission]:
    """The union of what the roles may do."""
    granted: frozenset[Permission] = frozenset()
    for role in roles:
        granted |= PERMISSIONS[role]
    return granted
