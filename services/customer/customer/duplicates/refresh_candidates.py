"""Keep the pairs of one entry as they are now."""

from collections.abc import Sequence

from chassis.aggregate import Document
from chassis.work import UnitOfWork

from customer.duplicates.crowds import notice_crowds, without_crowds
from customer.duplicates.model import Candidate, Dismissal, Kind, Standing
from customer.duplicates.scoring import KEPT
from customer.duplicates.subjects import SUBJECTS, Sketch

SAMPLE = 24
"""Entries read at once by the keys of one; when there are as many, a crowd shares one of the keys."""
ROUNDS = 3
"""How often the keys that no crowd shares are asked for again when another crowd was noticed."""
PARTNERS = 24
"""Entries that make a pair with it already, the likeliest first, which are compared again whatever their keys."""
MOST_READ = 1 + PARTNERS + ROUNDS * SAMPLE
"""Entries read for one event, however many share its keys; what is left over is found by the run over everything."""


async def refresh_once(kind: Kind, entry_id: str, work: UnitOfWork) -> None:
    """As `refresh_candidates`, once in a unit of work: whatever changes the entry there tells of itself by an event."""
    done: set[tuple[Kind, str]] = work.memo.setdefault("refreshed candidates", set())
    if (kind, entry_id) not in done:
        await refresh_candidates(kind, entry_id, work)
        done.add((kind, entry_id))


async def refresh_candidates(kind: Kind, entry_id: str, work: UnitOfWork) -> None:
    """Compare an entry with those that share a key with it; pairs that are none any more go."""
    known = {one.id: one for one in await work.survey(Candidate, {"sides": entry_id})}
    entry = next(iter(await _sketches(kind, {"_id": entry_id}, work, limit=1)), None)
    wanted: dict[str, Candidate] = {}
    if entry is not None and entry.match_keys:
        for other in await _mates(kind, entry, list(known.values()), work):
            judgement = SUBJECTS[kind].judge(entry.traits, other.traits)
            if judgement.score >= KEPT:
                pair = Candidate.of(kind, entry.side, other.side, judgement)
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


async def _mates(kind: Kind, entry: Sketch, known: Sequence[Candidate], work: UnitOfWork) -> list[Sketch]:
    """Its partners so far and those that share a key with it, but not all of a crowd."""
    likeliest = sorted(known, key=lambda pair: -pair.score)[:PARTNERS]
    partners = sorted({side for pair in likeliest for side in pair.sides} - {entry.id})
    own = set(entry.match_keys)
    found = await _sketches(kind, {"_id": {"$in": partners}}, work, limit=PARTNERS) if partners else []
    found = [one for one in found if own.intersection(one.match_keys)]
    keys = await without_crowds(kind, own, work)
    for _ in range(ROUNDS):
        if not keys:
            break
        met = await _sketches(kind, {"match_keys": {"$in": sorted(keys)}}, work, limit=SAMPLE)
        found += met
        if len(met) < SAMPLE:
            break
        keys -= await notice_crowds(kind, keys, met, work)
    return [other for other in {one.id: one for one in found}.values() if other.id != entry.id]


async def _sketches(kind: Kind, where: Document, work: UnitOfWork, *, limit: int) -> list[Sketch]:
    subject = SUBJECTS[kind]
    return [
        subject.sketch(document)
        for document in await work.survey_fields(subject.model, where, subject.fields, limit=limit)
    ]
