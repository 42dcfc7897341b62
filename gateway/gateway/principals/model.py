"""What the gateway knows of employees and units: copies kept by reactions, and when a position is good. Pure."""

from datetime import date, datetime
from typing import ClassVar

from chassis.aggregate import Index, Replica
from chassis.principal import Principal, scope_paths
from contracts.roles import Role


class Login(Replica, collection="logins"):
    """An employee who may sign in: the position, and the invitation to choose a password."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("username", 1)]),
        Index([("invitation_sha256", 1)]),
        Index([("learned_at", 1)]),
    ]

    username: str
    roles: list[Role]
    unit_id: str
    unit_path: str
    valid_from: date
    valid_to: date | None = None
    invitation_sha256: str | None = None
    invitation_expires_at: datetime | None = None
    learned_at: datetime
    """When the gateway learned this state; readers that poll ask for what was learned since."""

    def valid_on(self, day: date) -> bool:
        """True when the position has begun and not ended (`valid_to` is the first day without it)."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def principal(self) -> Principal:
        """The principal this position makes: company-wide roles see every unit, the others their own and below."""
        roles = frozenset(self.roles)
        return Principal(
            subject=self.id,
            employee_id=self.id,
            username=self.username,
            roles=roles,
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            paths=scope_paths(roles, self.unit_path),
        )


class KnownUnit(Replica, collection="known_units"):
    """An organisation unit, for its name beside the id."""

    name: str
    kind: str
    path: str
