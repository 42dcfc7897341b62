"""Replicas: what promotion knows of units, employees, institutions and contacts, from the customer service's events."""

from datetime import date

from chassis.aggregate import Replica
from contracts.ids import AccountId, ContactId, UnitId
from contracts.roles import Role
from contracts.values import AccountKind, Stage, Stamp, UnitKind


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
    """An institution and who sees it today; what was kept of it before it had territories says so by its unit only."""

    name: str
    kind: AccountKind
    stage: Stage
    unit_id: UnitId
    unit_path: str

    @property
    def stamps(self) -> list[Stamp]:
        """Who sees the institution today."""
        return self.visible or [Stamp(path=self.unit_path)]

    survivor_of: AccountId | None = None
    """Into which it was merged."""


class KnownContact(Replica, collection="known_contacts"):
    """A contact's institutions, past and present."""

    account_ids: list[AccountId]
    survivor_of: ContactId | None = None
    """Into which the contact was merged."""
