"""Employees and their positions."""

import hashlib
import secrets
from datetime import date, datetime
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Conflict, RuleBroken
from contracts.events.customer import EmployeeHired, EmployeeReassigned, EmployeeState
from contracts.ids import UnitId
from contracts.personal import Personal
from contracts.roles import Role
from contracts.values import Stamp
from pydantic import Field, PrivateAttr, StringConstraints

from customer.texts import Name

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
"""The login's identifier: lower case; it need not name the person."""
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
Invitation = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43,128}$")]
"""At least 256 random bits in base64url."""

_BITS = 256


class UsernameTaken(Conflict):
    """Logins are unique."""

    code = "username_taken"
    title = "This user name is taken"


class PositionEndsBeforeItStarts(RuleBroken):
    """A position holds from `valid_from` until `valid_to`, exclusive."""

    code = "ends_before_it_starts"
    title = "A position ends after it has started"


class Employee(Aggregate, kind="employee", collection="employees", prefix="emp"):
    """Somebody who works for the company, what they may do and where; `valid_to` is exclusive."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("username", 1)], unique=True, refusal=UsernameTaken),
        Index([("unit_path", 1)]),
    ]

    name: Annotated[str | None, Personal]
    """None once it has been erased."""
    username: Username
    roles: Roles
    unit_id: UnitId
    unit_path: str
    valid_from: date
    valid_to: date | None = None
    _invitation: str | None = PrivateAttr(default=None)

    @property
    def invitation(self) -> str | None:
        """The invitation, known only to the unit of work that hired; it is stored nowhere."""
        return self._invitation

    @classmethod
    def hire(
        cls,
        *,
        id: str,
        name: Name,
        username: str,
        roles: list[Role],
        unit_id: str,
        unit_path: str,
        valid_from: date,
        valid_to: date | None,
        invitation: str | None,
    ) -> "Employee":
        """A new employee holding an invitation to choose a password.

        Raises: PositionEndsBeforeItStarts.
        """
        employee = cls(
            id=id,
            name=name,
            username=username,
            roles=distinct(roles),
            unit_id=unit_id,
            unit_path=unit_path,
            valid_from=valid_from,
            valid_to=valid_to,
            visible=[Stamp(path=unit_path)],
        )
        employee._check_period()
        employee._invitation = invitation or secrets.token_urlsafe(_BITS // 8)
        return employee

    def hired(self, *, invitation_expires_at: datetime) -> EmployeeHired:
        """The event of the hiring; it carries the digest of the invitation only."""
        assert self._invitation is not None, "only the unit of work that hires knows the invitation"
        return EmployeeHired(
            employee=self.state(),
            invitation_sha256=hashlib.sha256(self._invitation.encode()).hexdigest(),
            invitation_expires_at=invitation_expires_at,
        )

    def reassign(
        self, *, roles: list[Role], unit_id: str, unit_path: str, valid_to: date | None
    ) -> EmployeeReassigned | None:
        """Change roles, unit and end of the position; None when nothing would change.

        Raises: PositionEndsBeforeItStarts.
        """
        before = (self.roles, self.unit_id, self.valid_to)
        self.roles, self.unit_id, self.unit_path, self.valid_to = distinct(roles), unit_id, unit_path, valid_to
        self.visible = [Stamp(path=unit_path)]
        self._check_period()
        if (self.roles, self.unit_id, self.valid_to) == before:
            return None
        return EmployeeReassigned(employee=self.state())

    def state(self) -> EmployeeState:
        """What events tell of the employee."""
        return EmployeeState(
            employee_id=self.id,
            username=self.username,
            roles=self.roles,
            unit_id=self.unit_id,
            unit_path=self.unit_path,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )

    def _check_period(self) -> None:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise PositionEndsBeforeItStarts(field="valid_to")


def distinct(roles: list[Role]) -> list[Role]:
    """Each role once, in the order of the roles' own list."""
    return [role for role in Role if role in roles]
