"""The alignment of one institution for one product line: a document of its own, so that its rules hold inside it."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.ids import tail
from contracts.events.customer import AlignmentChanged, AlignmentOpened, AlignmentState, AssignmentState
from contracts.ids import AccountId, AlignmentId, LineId, UnitId
from contracts.values import Stamp

from customer.alignments.timeline import Assignment, Period, assigned, gaps, holding_on, next_change


def alignment_id(account_id: AccountId, line_id: LineId) -> AlignmentId:
    """The id of the alignment of an institution for a line: always the same, so that two first ones meet on one row."""
    return f"aln_{tail(account_id)}_{tail(line_id)}"


class Alignment(Aggregate, kind="alignment", collection="alignments", prefix="aln"):
    """Who covers an institution for a product line, over time: one primary representative at any instant covered."""

    INDEXES: ClassVar[list[Index]] = [
        Index([("account_id", 1)]),
        Index([("line_id", 1)]),
        Index([("assignments.employee_id", 1)]),
        Index([("units_named", 1)]),
        Index([("accounts_named", 1)]),
        Index([("restamp_on", 1)]),
    ]

    account_id: AccountId
    line_id: LineId
    assignments: list[Assignment]
    units_named: list[UnitId]
    """Every territory that an assignment has ever named, also one that was corrected since."""
    accounts_named: list[AccountId]
    """Every institution whose it has ever been: a merge gives it to another one."""
    restamp_on: date | None = None
    """When the next planned change comes into force, and with it who sees the institution."""

    @classmethod
    def open(cls, account_id: AccountId, line_id: LineId, first: Assignment) -> "Alignment":
        """The alignment with its first assignment.

        Raises: AssignmentEndsBeforeItStarts.
        """
        return cls(
            id=alignment_id(account_id, line_id),
            account_id=account_id,
            line_id=line_id,
            assignments=assigned([], first),
            units_named=[first.unit_id],
            accounts_named=[account_id],
        )

    def belong_to(self, account_id: AccountId) -> None:
        """Be another institution's: its own was merged into that one, or a merge was undone."""
        self.account_id = account_id
        self.accounts_named = sorted({*self.accounts_named, account_id})

    @property
    def gaps(self) -> list[Period]:
        """Periods without a representative between the first and the last assignment."""
        return gaps(self.assignments)

    def holding_on(self, day: date) -> Assignment | None:
        """The assignment of a date."""
        return holding_on(self.assignments, day)

    def rewrite(self, assignments: list[Assignment], on: date) -> AlignmentChanged | None:
        """Take in a timeline that differs from `on`; None when nothing would change."""
        if assignments == self.assignments:
            return None
        self.assignments = assignments
        self.units_named = sorted({*self.units_named, *(one.unit_id for one in assignments)})
        return AlignmentChanged(alignment=self.state(), on=on)

    def stamp_of(self, today: date, paths: Mapping[str, str]) -> Stamp | None:
        """What today's territory, found in `paths` by its id, adds to who sees the institution."""
        current = self.holding_on(today)
        path = paths.get(current.unit_id) if current else None
        return None if path is None else Stamp(line=self.line_id, path=path)

    def show_to(self, stamps: list[Stamp], today: date) -> bool:
        """Be visible where `stamps` say until the next planned change; True when anything is different."""
        restamp_on = next_change(self.assignments, today)
        if (stamps, restamp_on) == (self.visible, self.restamp_on):
            return False
        self.visible, self.restamp_on = stamps, restamp_on
        return True

    def opened(self) -> AlignmentOpened:
        """The event of its first assignment."""
        return AlignmentOpened(alignment=self.state())

    def changed(self, on: date) -> AlignmentChanged:
        """The event of a change that is no other timeline: it belongs to another institution from `on`."""
        return AlignmentChanged(alignment=self.state(), on=on)

    def state(self) -> AlignmentState:
        """What events tell of it."""
        return AlignmentState(
            alignment_id=self.id,
            account_id=self.account_id,
            line_id=self.line_id,
            assignments=[AssignmentState(**dict(one)) for one in self.assignments],
        )
