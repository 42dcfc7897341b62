"""A realignment: `draft → simulated → published → superseded`. What has been published never changes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Entity, Index
from chassis.refusals import Conflict
from contracts.events.customer import (
    RealignmentDrafted,
    RealignmentPublished,
    RealignmentRevised,
    RealignmentSimulated,
    RealignmentState,
    RealignmentStatus,
    RealignmentSuperseded,
)
from contracts.ids import RealignmentId
from contracts.values import Stamp
from pydantic import Field

from customer.realignments.simulation import Item, Key, Report
from customer.texts import Name

MAX_ITEMS = 4_000
WHOLE_COMPANY = [Stamp(path="/")]
"""A realignment concerns many territories: whoever sees the whole company sees it."""

Items = Annotated[list[Item], Field(min_length=1, max_length=MAX_ITEMS)]


class AlreadyPublished(Conflict):
    """What has been published stays as it is."""

    code = "already_published"
    title = "The realignment has been published"


class NotSimulated(Conflict):
    """What is published has been simulated as it stands."""

    code = "not_simulated"
    title = "The realignment has not been simulated since it was last changed"


class SimulationStale(Conflict):
    """The alignments that the simulation stood on have changed since."""

    code = "simulation_stale"
    title = "Alignments have changed since the simulation"


class NotPublishable(Conflict):
    """Gaps, overlaps or orphaned targets remain; they are listed."""

    code = "not_publishable"
    title = "Gaps, overlaps or orphaned targets remain"


class Simulation(Entity):
    """The report and a mark of what it stood on."""

    at: datetime
    basis: str
    report: Report


class Realignment(Aggregate, kind="realignment", collection="realignments", prefix="rea"):
    """Institutions × product lines that other territories are to cover from a date on."""

    INDEXES: ClassVar[list[Index]] = [Index([("state", 1)]), Index([("effective_on", 1)])]

    name: Name
    effective_on: date
    items: Items
    state: RealignmentStatus = RealignmentStatus.DRAFT
    simulation: Simulation | None = None
    created_at: datetime
    published_at: datetime | None = None
    superseded_by: RealignmentId | None = None

    @classmethod
    def draft(cls, *, id: str, name: str, effective_on: date, items: Sequence[Item], at: datetime) -> "Realignment":
        """A new draft."""
        return cls(id=id, name=name, effective_on=effective_on, items=list(items), created_at=at, visible=WHOLE_COMPANY)

    @property
    def keys(self) -> set[Key]:
        """The targets that it is about."""
        return {item.key for item in self.items}

    def drafted(self) -> RealignmentDrafted:
        """The event of its drafting."""
        return RealignmentDrafted(realignment=self.told())

    def revise(self, *, name: str, effective_on: date, items: Sequence[Item]) -> RealignmentRevised | None:
        """Rewrite the draft; None when nothing would change. What was simulated before counts no longer.

        Raises: AlreadyPublished.
        """
        self._require_open()
        if (self.name, self.effective_on, self.items) == (name, effective_on, list(items)):
            return None
        self.name, self.effective_on, self.items = name, effective_on, list(items)
        self.state, self.simulation = RealignmentStatus.DRAFT, None
        return RealignmentRevised(realignment=self.told())

    def simulated(self, simulation: Simulation) -> RealignmentSimulated:
        """Take in what a simulation gave.

        Raises: AlreadyPublished.
        """
        self._require_open()
        self.state, self.simulation = RealignmentStatus.SIMULATED, simulation
        report = simulation.report
        return RealignmentSimulated(
            realignment=self.told(),
            gaps=report.gaps_count,
            overlaps=report.overlaps_count,
            orphaned=report.orphaned_count,
        )

    def publish(self, fresh: Simulation) -> RealignmentPublished:
        """Decide it, on a simulation made at this moment.

        Raises: AlreadyPublished, NotSimulated, SimulationStale, NotPublishable.
        """
        self._require_open()
        if self.simulation is None:
            raise NotSimulated
        if fresh.basis != self.simulation.basis:
            raise SimulationStale(simulated_at=self.simulation.at.isoformat())
        report = fresh.report
        if not report.publishable:
            raise NotPublishable(
                f"{report.gaps_count} gaps, {report.overlaps_count} overlaps and {report.orphaned_count} orphaned"
                " targets remain",
                gaps=[one.model_dump(mode="json") for one in report.gaps],
                overlaps=[one.model_dump(mode="json") for one in report.overlaps],
                orphaned=[one.model_dump(mode="json") for one in report.orphaned],
            )
        self.state, self.published_at = RealignmentStatus.PUBLISHED, fresh.at
        return RealignmentPublished(realignment=self.told())

    def give_way_to(self, later: "Realignment") -> RealignmentSuperseded | None:
        """Be superseded by a later one that covers every target of this one; None when it does not."""
        if self.state is not RealignmentStatus.PUBLISHED or not self.keys <= later.keys:
            return None
        self.state, self.superseded_by = RealignmentStatus.SUPERSEDED, later.id
        return RealignmentSuperseded(realignment=self.told(), by_realignment_id=later.id)

    def told(self) -> RealignmentState:
        """What events tell of it."""
        return RealignmentState(
            realignment_id=self.id,
            name=self.name,
            effective_on=self.effective_on,
            state=self.state,
            items=len(self.items),
        )

    def _require_open(self) -> None:
        if self.state in (RealignmentStatus.PUBLISHED, RealignmentStatus.SUPERSEDED):
            raise AlreadyPublished(state=self.state.value)
