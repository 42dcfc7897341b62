"""What a version would change: everybody is scored by it and by the version in force, on the same facts; nothing is stored."""

import asyncio
from collections import Counter
from datetime import date

from chassis.principal import Principal
from chassis.store import Store
from contracts.values import Tier
from pydantic import BaseModel

from customer.evaluation.members import Ask, Member, members_of
from customer.evaluation.model import ModelVersion, ScoreModel, traits_of
from customer.evaluation.percentiles import Result
from customer.evaluation.runs import populations_of
from customer.evaluation.scores import result_of

MAX_ROWS = 500
_TOGETHER = 500


class VersionRef(BaseModel):
    """A version of a model."""

    model_id: str
    version: int


class TierChange(BaseModel):
    """So many subjects would come from one tier to another; null: no tier, because there is no score."""

    from_tier: Tier | None
    to_tier: Tier | None
    count: int


class TierRow(BaseModel):
    """A subject whose tier would change, and what it would then have been scored by; `missing` by the new version."""

    subject_id: str
    from_tier: Tier | None
    to_tier: Tier | None
    from_score: float | None
    to_score: float | None
    missing: list[str]


class WhatIfOut(BaseModel):
    """Who in the caller's scope would change tier on a date if the version decided instead of `against` (null: none does).

    `rows` are the first of them, by id; the populations that percentiles stand for are those of the whole company.
    """

    model_id: str
    version: int
    against: VersionRef | None
    as_of: date
    subjects: int
    changed: int
    unchanged: int
    changes: list[TierChange]
    rows: list[TierRow]
    truncated: bool


async def what_if(
    store: Store, caller: Principal, model: ScoreModel, version: ModelVersion, rival: ScoreModel | None, on: date
) -> WhatIfOut:
    """What the version would change in the caller's scope; `rival` is the model that is in force for the subject."""
    before = rival.active if rival else None
    members = await members_of(store, _ask(model, version, before, on))
    new = await _results(model, version, members, caller)
    old = await _results(model, before, members, caller) if before else {}
    counts: Counter[tuple[Tier | None, Tier | None]] = Counter()
    rows: list[TierRow] = []
    for identifier, result in new.items():
        was = old.get(identifier)
        step = (was.tier if was else None, result.tier)
        counts[step] += 1
        if step[0] is not step[1] and len(rows) < MAX_ROWS:
            rows.append(_row(identifier, was, result))
    moved = {step: count for step, count in counts.items() if step[0] is not step[1]}
    changed = sum(moved.values())
    return WhatIfOut(
        model_id=model.id,
        version=version.number,
        against=VersionRef(model_id=rival.id, version=before.number) if rival and before else None,
        as_of=on,
        subjects=len(new),
        changed=changed,
        unchanged=len(new) - changed,
        changes=[
            TierChange(from_tier=step[0], to_tier=step[1], count=count)
            for step, count in sorted(moved.items(), key=lambda item: str(item[0]))
        ],
        rows=rows,
        truncated=changed > len(rows),
    )


def _ask(model: ScoreModel, version: ModelVersion, before: ModelVersion | None, on: date) -> Ask:
    """What both versions have to know."""
    versions = [version, *([before] if before else [])]
    codes = dict.fromkeys(code for one in versions for code in one.terms.codes)
    traits = dict.fromkeys(trait for one in versions for trait in traits_of(model.subject, one.terms))
    return Ask(model.subject, tuple(codes), tuple(traits), on)


async def _results(
    model: ScoreModel, version: ModelVersion, members: list[Member], caller: Principal
) -> dict[str, Result]:
    """What those in scope come to, compared with everybody."""
    wanted = traits_of(model.subject, version.terms)
    own = [one.compared_by(wanted) for one in members]
    populations = await populations_of(version, own)
    found: dict[str, Result] = {}
    for number, one in enumerate(own):
        if caller.sees(one.visible):
            found[one.id] = result_of(version, one, populations)
        if number % _TOGETHER == 0:
            await asyncio.sleep(0)
    return found


def _row(identifier: str, was: Result | None, result: Result) -> TierRow:
    return TierRow(
        subject_id=identifier,
        from_tier=was.tier if was else None,
        to_tier=result.tier,
        from_score=was.score if was else None,
        to_score=result.score,
        missing=list(result.missing),
    )
