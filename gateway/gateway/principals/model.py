"""What the gateway knows of employees and units: copies kept by reactions, and when a position is good. Pure."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from chassis.aggregate import Entity, Index, Replica
from chassis.principal import Principal, scope_paths
from contracts.roles import COMPANY_WIDE, Role
from pydantic import Field


class Position(Entity):
    """Roles in a unit from `valid_from` until `valid_to` (exclusive), for some product lines or (none) for all."""

    position_id: str
    unit_id: str
    unit_path: str
    roles: list[Role]
    line_ids: list[str] = Field(default_factory=list[str])
    share: int | None = None
    valid_from: date
    valid_to: date | None = None

    @property
    def weight(self) -> int:
        """The share of the working time in per cent; one without a share counts as whole."""
        return 100 if self.share is None else self.share

    @property
    def lines(self) -> list[str]:
        """The lines whose rows it sees; `*` for all, which company-wide roles see anyhow."""
        return ["*"] if not self.line_ids or COMPANY_WIDE.intersection(self.roles) else self.line_ids

    def holds_on(self, day: date) -> bool:
        """True when it has begun and not ended (`valid_to` is the first day without it)."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Login(Replica, collection="logins"):
    """An employee who may sign in: positions over time, and the invitation to choose a password."""

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

    positions: list[Position] = Field(default_factory=list[Position])
    """All of them, past and planned ones too; none: the one position that the fields above tell of."""
    leaves_on: date | None = None
    """From when on the login is good for handing over only."""
    closed_on: date | None = None
    """When the record of the employment was closed, and the login with it."""

    def valid_on(self, day: date) -> bool:
        """True when a position holds on a day, or own stock and advances are still to be handed over."""
        return self.closed_on is None and (self.leaving_on(day) or bool(self._held_on(day)))

    def leaving_on(self, day: date) -> bool:
        """True from the leaving date on."""
        return self.leaves_on is not None and self.leaves_on <= day

    def principal(self, day: date) -> Principal:
        """The principal that the positions of a day make.

        Company-wide roles see every unit, the others their own and below; positions for some product lines see rows of
        those lines. Who leaves keeps the view of the last positions, for handing over.
        """
        leaving = self.leaving_on(day)
        held = self._held_on(self.leaves_on - timedelta(days=1) if leaving and self.leaves_on else day)
        main = min(held, key=lambda one: (-one.weight, one.valid_from, one.position_id), default=self._single())
        paths = {path for one in held for path in scope_paths(frozenset(one.roles), one.unit_path)}
        lines = {line for one in held for line in one.lines}
        return Principal(
            subject=self.id,
            employee_id=self.id,
            username=self.username,
            roles=frozenset(role for one in held for role in one.roles),
            unit_id=main.unit_id,
            unit_path=main.unit_path,
            paths=("/",) if "/" in paths else tuple(sorted(paths)),
            lines=("*",) if "*" in lines else tuple(sorted(lines)),
            leaving=leaving,
        )

    def _held_on(self, day: date) -> list[Position]:
        return [one for one in self.positions or [self._single()] if one.holds_on(day)]

    def _single(self) -> Position:
        return Position(
            position_id="",
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            roles=self.roles,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class KnownUnit(Replica, collection="known_units"):
    """An organisation unit, for its name beside the id."""

    name: str
    kind: str
    path: str
