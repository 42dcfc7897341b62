"""Keep the pairs of one entry as they are now."""

from typing import Any

from chassis.work import UnitOfWork

from customer.duplicates.model import Candidate, Dismissal, Kind, Standing
from customer.duplicates.scoring import KEPT
from customer.duplicates.subjects import SUBJECTS

AT_MOST = 400
"""Entries that one is compared with at once. A crowd that shares a key is narrowed to the same division, and what is left
over is found by the run over everything."""


async def refresh_candidates(kind: Kind, entry_id: str, work: UnitOfWork) -> None:
    """Compare an entry with all that share a key with it; pairs that are none any more go."""
    subject = SUBJECTS[kind]
    known = {one.id: one for one in await work.survey(Candidate, {"sides": entry_id})}
    entry: Any = next(iter(await work.survey(subject.model, {"_id": entry_id})), None)
    wanted: dict[str, Candidate] = {}
    if entry is not None and entry.match_keys:
        side, traits = subject.side(entry), entry.traits
        for other in await _mates(kind, entry, work):
            judgement = subject.judge(traits, other.traits)
            if judgement.score >= KEPT:
                pair = Candidate.of(kind, side, subject.side(other), judgement)
                wanted[pair.id] = pair
    for identifier in known.keys() - wanted.keys():
        await work.drop(Candidate, identifier)
    await keep(list(wanted.values()), known, work)


async def keep(pairs: list[Candidate], known: dict[str, Candidate], work: UnitOfWork) -> None:
    """Store the pairs that are new or other than known; one that was dismissed stays so until a side changes."""
    changed = [pair for pair in pairs if _differs(pair, known.get(pair.id))]
    if not changed:
        return
    ids = {pair.dismissal_id: pair for pair in changed}
    for dismissal in await work.survey(Dismissal, {"_id": {"$in": sorted(ids)}}):
        if dismissal.covers(ids[dismissal.id]):
            ids[dismissal.id].standing = Standing.DISMISSED
    for pair in changed:
        await work.put(pair)


def _differs(pair: Candidate, known: Candidate | None) -> bool:
    if known is None:
        return True
    return pair.model_dump(exclude={"standing"}) != known.model_dump(exclude={"standing"})


async def _mates(kind: Kind, entry: Any, work: UnitOfWork) -> list[Any]:
    model = SUBJECTS[kind].model
    where: dict[str, Any] = {"match_keys": {"$in": entry.match_keys}}
    found = await work.survey(model, where, limit=AT_MOST)
    division = getattr(entry, "division_code", None)
    if len(found) == AT_MOST and division is not None:
        found += await work.survey(model, {**where, "division_code": division}, limit=AT_MOST)
    return [other for other in {one.id: one for one in found}.values() if other.id != entry.id]
