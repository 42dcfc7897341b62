"""Institutions together with all their alignments: what one unit of work reads, changes and stamps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from chassis.work import UnitOfWork
from contracts.events import Event
from contracts.values import Stamp

from customer.accounts.model import Account
from customer.alignments.model import Alignment
from customer.units.model import Unit


@dataclass(frozen=True)
class _Told:
    event: Event
    on: date
    reason: str | None


@dataclass
class Coverage:
    """Who covers some institutions. `write` is the last step: it saves what changed and who sees it from now on."""

    accounts: dict[str, Account]
    alignments: dict[str, Alignment]
    _fresh: set[str] = field(default_factory=set[str])
    _told: dict[str, list[_Told]] = field(default_factory=dict[str, list[_Told]])

    @classmethod
    async def of(cls, account_ids: Iterable[str], work: UnitOfWork) -> "Coverage":
        """The coverage of institutions, whoever asks."""
        ids = sorted(set(account_ids))
        alignments = await work.survey(Alignment, {"account_id": {"$in": ids}})
        accounts = await work.survey(Account, {"_id": {"$in": ids}})
        return cls({one.id: one for one in accounts}, {one.id: one for one in alignments})

    def line_of(self, account_id: str, line_id: str) -> Alignment | None:
        """The alignment of an institution for a line; one that came by a merge has another id than its first would have."""
        found = (one for one in self.alignments.values() if (one.account_id, one.line_id) == (account_id, line_id))
        return next(found, None)

    def open(self, alignment: Alignment, *, on: date, reason: str | None = None) -> None:
        """Take in a first alignment of an institution for a line."""
        self.alignments[alignment.id] = alignment
        self._fresh.add(alignment.id)
        self._told[alignment.id] = [_Told(alignment.opened(), on, reason)]

    def change(self, alignment: Alignment, event: Event | None, *, on: date, reason: str | None = None) -> None:
        """Take in the change of one of the alignments; None is no change."""
        if event is not None:
            self._told.setdefault(alignment.id, []).append(_Told(event, on, reason))

    async def write(self, work: UnitOfWork) -> int:
        """Stamp everything by today's territories and save what is different; how many institutions are.

        A unit that newly stamps an institution is guarded: it cannot move in the tree under our feet.
        """
        units = await self._units(work)
        paths = {unit.id: unit.path for unit in units.values()}
        restamped = 0
        for account in self.accounts.values():
            own = [one for one in self.alignments.values() if one.account_id == account.id]
            unit_path = paths.get(account.unit_id, account.unit_path)
            stamps = {one.id: one.stamp_of(work.today, paths) for one in own}
            before = {stamp.path for stamp in account.visible}
            event = account.cover(
                unit_path=unit_path, territories=[stamp for stamp in stamps.values() if stamp], today=work.today
            )
            for alignment in own:
                self._save(alignment, [Stamp(path=unit_path)], stamps[alignment.id], work)
            if event is not None:
                restamped += 1
                work.save(account, event)
                for path in sorted({stamp.path for stamp in account.visible} - before):
                    await work.require(units[path])
        return restamped

    def _save(self, alignment: Alignment, owner: list[Stamp], own: Stamp | None, work: UnitOfWork) -> None:
        stamped = alignment.show_to([*owner, own] if own else owner, work.today)
        told = self._told.get(alignment.id, [])
        events = [each.event for each in told]
        on, reason = (told[0].on, told[0].reason) if told else (None, None)
        if alignment.id in self._fresh:
            work.add(alignment, *events, valid_from=on, reason=reason)
        elif stamped or events:
            work.save(alignment, *events, valid_from=on, reason=reason)

    async def _units(self, work: UnitOfWork) -> dict[str, Unit]:
        """The units whose people see the institutions today, by path."""
        holding = [one.holding_on(work.today) for one in self.alignments.values()]
        wanted = {one.unit_id for one in holding if one} | {one.unit_id for one in self.accounts.values()}
        found = await work.survey(Unit, {"_id": {"$in": sorted(wanted)}})
        return {unit.path: unit for unit in found}
