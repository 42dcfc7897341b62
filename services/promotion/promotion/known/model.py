"""Replicas: what promotion knows of units, employees, institutions and contacts, from the customer service's events."""

from datetime import date

from chassis.aggregate import Replica
from contracts.ids import AccountId, UnitId
from contracts.roles import Role
from contracts.values import AccountKind, Stage, UnitKind


class KnownUnit(Replica, collection="known_units"):
    """An organisation unit and its place in the tree."""

    name: str
    kind: UnitKind
    parent_id: UnitId | None = None
    path: str


class KnownEmployee(Replica, collection="known_employees"):
    """An employee's position."""

    username: str
    roles: list[Role]
    unit_id: UnitId
    unit_path: str
    valid_to: date | None = None


class KnownAccount(Replica, collection="known_accounts"):
    """An institution and where it is aligned today."""

    name: str
    kind: AccountKind
    stage: Stage
    unit_id: UnitId
    unit_path: str


class KnownContact(Replica, collection="known_contacts"):
    """A contact's institutions, past and present."""

    account_ids: list[AccountId]
