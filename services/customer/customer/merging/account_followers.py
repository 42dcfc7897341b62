"""Documents of their own that refer to an institution and go with it: notes, files, and the institutions that belong to it.

Its plan stays at home: an institution has one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chassis.work import UnitOfWork
from contracts.events.customer import AccountAttachmentRehomed, AccountNoteRehomed, AccountReparented

from customer.accounts.model import Account
from customer.attachments.model import Attachment
from customer.merging.model import Adjustment, Child, Merge, Side, WouldCircle
from customer.notes.model import AccountNote


@dataclass
class Followers:
    """The followers of two institutions."""

    notes: list[AccountNote]
    attachments: list[Attachment]
    institutions: list[Account]
    """Those that belong, belonged or are to belong to one of the two."""
    _moved: set[str] = field(default_factory=set[str])

    @classmethod
    async def of(cls, account_ids: tuple[str, str], work: UnitOfWork) -> "Followers":
        """All of them, whoever asks."""
        where = {"account_id": {"$in": sorted(account_ids)}}
        return cls(
            await work.survey(AccountNote, where),
            await work.survey(Attachment, where),
            await work.survey(Account, {"parents.parent_id": {"$in": sorted(account_ids)}}),
        )

    def told_at(self, account_id: str) -> Iterator[tuple[str, str]]:
        """Kind and id of what follows an institution."""
        for note in self.notes:
            if note.account_id == account_id:
                yield "note", note.id
        for attachment in self.attachments:
            if attachment.account_id == account_id:
                yield "attachment", attachment.id
        for one in self.institutions:
            if any(entry.parent_id == account_id for entry in one.parents):
                yield "institution", one.id

    def ids_at(self, account_id: str) -> list[str]:
        """Ids of what follows an institution; one that belongs to both over time counts as the other's too."""
        return [identifier for _, identifier in self.told_at(account_id)]

    def take(self, survivor_id: str, merged_id: str) -> tuple[list[Child], list[Adjustment]]:
        """Let all that follows the merged one follow the survivor."""
        children = [Child.model_validate({"kind": kind, "id": one}) for kind, one in self.told_at(merged_id)]
        dated: list[Adjustment] = []
        for one in self.institutions:
            starts = [entry.on.isoformat() for entry in one.parents if entry.parent_id == merged_id]
            if starts:
                dated.append(Adjustment(id=one.id, before={"parents": starts}, after={}))
        self._rehome({child.id for child in children}, merged_id, survivor_id, {})
        return children, dated

    def give(self, survivor_id: str, merged_id: str, merge: Merge, homes: dict[str, Side]) -> None:
        """Let go home what `homes` says; of an institution, the times for which it belonged to the merged one."""
        starts = {one.id: set(one.before["parents"]) for one in merge.adjustments if "parents" in one.before}
        going = {identifier for identifier, side in homes.items() if side == "merged"}
        self._rehome(going, survivor_id, merged_id, starts)

    def _rehome(self, going: set[str], here: str, there: str, starts: dict[str, set[str]]) -> None:
        for paper in (*self.notes, *self.attachments):
            if paper.id in going and paper.account_id == here:
                paper.account_id = there
                self._moved.add(paper.id)
        for one in self.institutions:
            if one.id not in going:
                continue
            only = starts.get(one.id)
            one.belong(
                [
                    entry.model_copy(update={"parent_id": there})
                    if entry.parent_id == here and (only is None or entry.on.isoformat() in only)
                    else entry
                    for entry in one.parents
                ]
            )
            self._moved.add(one.id)

    def save(self, survivor: Account, merged: Account, work: UnitOfWork) -> None:
        """Save what was moved, seen by who sees the institution that it follows now."""
        sides = {survivor.id: survivor, merged.id: merged}
        for paper in (*self.notes, *self.attachments):
            if paper.id in self._moved:
                paper.visible = sides[paper.account_id].visible
                told = (
                    AccountNoteRehomed(note=paper.state())
                    if isinstance(paper, AccountNote)
                    else AccountAttachmentRehomed(attachment=paper.state())
                )
                work.save(paper, told)
        for one in self.institutions:
            if one.id in self._moved and one.id not in sides:
                now = one.parent_on(work.today)
                before = (merged if now == survivor.id else survivor).id if now in sides else now
                state = one.state(work.today)
                work.save(one, AccountReparented(account=state, from_parent_id=before, to_parent_id=now, on=work.today))


async def refuse_circles(survivor: Account, merged_id: str, work: UnitOfWork) -> None:
    """Nothing may come to belong to itself, at any time.

    Raises: WouldCircle when the survivor belongs to the merged one, directly or not, today or on any other day.
    """
    above = {entry.parent_id for entry in survivor.parents if entry.parent_id is not None}
    seen = set(above)
    while above:
        if merged_id in above:
            raise WouldCircle(account_id=merged_id)
        found = await work.survey(Account, {"_id": {"$in": sorted(above)}})
        further = {entry.parent_id for one in found for entry in one.parents if entry.parent_id is not None}
        above = further - seen
        seen |= above
