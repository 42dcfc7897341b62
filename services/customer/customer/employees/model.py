"""Employees and their positions."""

import hashlib
import secrets
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Document, Index
from chassis.ids import new_id
from chassis.refusals import Conflict, NotFound
from contracts.events.customer import EmployeeHired, EmployeeReassigned, EmployeeState
from contracts.ids import UnitId
from contracts.personal import Personal
from contracts.roles import Role
from contracts.values import Stamp
from pydantic import PrivateAttr, StringConstraints, model_validator

from customer.employees.positions import (
    Position,
    PositionEndsBeforeItStarts,
    PositionHasEnded,
    Roles,
    cut,
    employed,
    in_order,
    main_on,
    next_change,
)
from customer.texts import Name

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
"""The login's identifier: lower case; it need not name the person."""
Invitation = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43,128}$")]
"""At least 256 random bits in base64url."""

_BITS = 256


class UsernameTaken(Conflict):
    """Logins are unique."""

    code = "username_taken"
    title = "This user name is taken"


class Leaving(Conflict):
    """Who has handed in the notice takes no further positions."""

    code = "employee_leaving"
    title = "The employee is leaving or has left"


class UnknownPosition(NotFound):
    """The path names no position of the employee."""


class Employee(Aggregate, kind="employee", collection="employees", prefix="emp"):
    """Somebody who works for the company, and what that person may do where over time.

    `roles`, `unit_id` and `unit_path` are those of the main position of today, `valid_from` and `valid_to` the whole time
    of employment (`valid_to` is exclusive).
    """

    INDEXES: ClassVar[list[Index]] = [
        Index([("username", 1)], unique=True, refusal=UsernameTaken),
        Index([("unit_path", 1)]),
        Index([("positions.unit_id", 1)]),
        Index([("due_on", 1)]),
    ]

    name: Annotated[str | None, Personal]
    """None once it has been erased."""
    username: Username
    roles: Roles
    unit_id: UnitId
    unit_path: str
    valid_from: date
    valid_to: date | None = None
    positions: list[Position]
    due_on: date | None = None
    """When the next position begins or ends."""
    leaves_on: date | None = None
    """The first day without a position of who is leaving; from then on own stock and advances are handed over."""
    closed_on: date | None = None
    """When the record of the employment was closed."""
    _invitation: str | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _of_one_position(cls, stored: Any) -> Any:
        """Documents from before positions had a timeline hold one position."""
        if not isinstance(stored, dict) or "positions" in stored:
            return stored
        document: Document = stored  # pyright: ignore[reportUnknownVariableType]
        fields = ("unit_id", "unit_path", "roles", "valid_from", "valid_to")
        tail = str(document["id"]).rpartition("_")[2]
        position = {"id": f"pos_{tail}", **{name: document.get(name) for name in fields}}
        return {**document, "positions": [position]}

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
        position: Position,
        invitation: str | None,
        today: date,
    ) -> "Employee":
        """A new employee holding an invitation to choose a password.

        Raises: PositionEndsBeforeItStarts.
        """
        employee = cls(
            id=id,
            name=name,
            username=username,
            roles=position.roles,
            unit_id=position.unit_id,
            unit_path=position.unit_path,
            valid_from=position.valid_from,
            positions=[position],
        )
        employee._arrange([position], today)
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

    def main_on(self, day: date) -> Position:
        """The main position of a date."""
        return main_on(self.positions, day)

    def positions_on(self, day: date) -> list[Position]:
        """The positions that hold on a date."""
        return [one for one in self.positions if one.holds_on(day)]

    def reassign(
        self, *, roles: list[Role], unit_id: str, unit_path: str, valid_to: date | None, today: date
    ) -> EmployeeReassigned | None:
        """Change roles and unit of the main position from today, and the end of the employment; None when nothing would
        change. What has not begun before today is put right as a whole.

        Raises: Leaving, PositionEndsBeforeItStarts, PositionOverlaps, SharesExceedWhole.
        """
        self._refuse_leaving()
        roles = distinct(roles)
        main = self.main_on(today)
        others = [one for one in self.positions if one is not main]
        changed = [main]
        if (main.roles, main.unit_id) != (roles, unit_id):
            new = main.model_copy(update={"roles": roles, "unit_id": unit_id, "unit_path": unit_path})
            if main.holds_on(today) and main.valid_from < today:
                former = main.model_copy(update={"valid_to": today})
                changed = [former, new.model_copy(update={"id": new_id("pos"), "valid_from": today})]
            else:
                changed = [new]
        positions = [*others, *changed]
        if valid_to != self.valid_to:
            positions = _ending(positions, changed[-1], valid_to)
        if positions == [*others, main]:
            return None
        self._arrange(positions, today)
        return EmployeeReassigned(employee=self.state())

    def take(self, position: Position, today: date) -> EmployeeReassigned:
        """Take a further position.

        Raises: Leaving, TooManyPositions, PositionEndsBeforeItStarts, PositionOverlaps, SharesExceedWhole.
        """
        self._refuse_leaving()
        self._arrange([*self.positions, position.model_copy(update={"roles": distinct(position.roles)})], today)
        return EmployeeReassigned(employee=self.state())

    def end(self, position_id: str, on: date, today: date) -> EmployeeReassigned | None:
        """End a position on a date; None when it ends then already. A planned one that would end before it starts is
        dropped, unless it is the only one.

        Raises: UnknownPosition, PositionHasEnded, PositionEndsBeforeItStarts, Leaving.
        """
        self._refuse_leaving()
        position = next((one for one in self.positions if one.id == position_id), None)
        if position is None:
            raise UnknownPosition(f"{position_id} is no position of {self.id}")
        if position.valid_to == on:
            return None
        if position.has_ended(today):
            raise PositionHasEnded(f"it ended on {position.valid_to}")
        rest = [one for one in self.positions if one is not position]
        if not (on <= position.valid_from > today and rest):
            rest.append(position.model_copy(update={"valid_to": on}))
        self._arrange(rest, today, field="on")
        return EmployeeReassigned(employee=self.state())

    def follow(self, unit_id: str, unit_path: str, today: date) -> EmployeeReassigned | None:
        """Take over the path of a unit that has moved, in positions that have not ended; None when nothing changes."""
        positions = [
            one.model_copy(update={"unit_path": unit_path})
            if one.unit_id == unit_id and not one.has_ended(today)
            else one
            for one in self.positions
        ]
        if positions == self.positions:
            return None
        self._arrange(positions, today)
        return EmployeeReassigned(employee=self.state())

    def see_the_day(self, today: date) -> EmployeeReassigned | None:
        """Let positions begin and end whose day has come; None when the employee is the same to others."""
        before = self.state()
        self._arrange(self.positions, today)
        after = self.state()
        return EmployeeReassigned(employee=after) if after != before else None

    def depart(self, on: date, today: date) -> EmployeeReassigned:
        """Hand in the notice: all positions end on a date, from which own stock and advances are handed over.

        Raises: Leaving, PositionEndsBeforeItStarts.
        """
        self._refuse_leaving()
        positions = cut(self.positions, on)
        if not positions:
            raise PositionEndsBeforeItStarts(f"the first position starts on {self.valid_from}", field="on")
        self._arrange(positions, today)
        self.leaves_on = on
        return EmployeeReassigned(employee=self.state())

    def close(self, on: date) -> EmployeeReassigned:
        """Close the record of the employment of somebody who has left."""
        assert self.leaves_on is not None, "only who has left is let go"
        self.closed_on = on
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
            positions=[one.state() for one in self.positions],
            leaves_on=self.leaves_on,
            closed_on=self.closed_on,
        )

    @staticmethod
    def placed_at(unit_id: str, on: date) -> Document:
        """The filter of employees who have, or are to have, a position in a unit after a date."""
        lasting = {"unit_id": unit_id, "valid_to": {"$not": {"$lte": on.isoformat()}}}
        return {"positions.unit_id": unit_id, "positions": {"$elemMatch": lasting}}

    def _arrange(self, positions: list[Position], today: date, *, field: str = "valid_to") -> None:
        try:
            self.positions = in_order(positions)
        except PositionEndsBeforeItStarts as refusal:
            raise PositionEndsBeforeItStarts(refusal.detail, field=field) from refusal
        main = self.main_on(today)
        self.roles, self.unit_id, self.unit_path = main.roles, main.unit_id, main.unit_path
        self.valid_from, self.valid_to = employed(self.positions)
        lasting = [one for one in self.positions if not one.has_ended(today)] or [main]
        self.visible = [Stamp(path=path) for path in sorted({one.unit_path for one in lasting})]
        self.due_on = next_change(self.positions, today)

    def _refuse_leaving(self) -> None:
        if self.leaves_on is not None:
            raise Leaving(f"on {self.leaves_on}")


def distinct(roles: list[Role]) -> list[Role]:
    """Each role once, in the order of the roles' own list."""
    return [role for role in Role if role in roles]


def _ending(positions: list[Position], main: Position, valid_to: date | None) -> list[Position]:
    """The employment ends on a date: what lasts longer ends then, and the main position lasts until then."""
    return [
        one.model_copy(update={"valid_to": valid_to})
        if one is main or (valid_to is not None and not one.has_ended(valid_to))
        else one
        for one in positions
    ]
