"""The life cycle of an institution: a timeline of stages, each from a business date until the next one's."""

from datetime import date, datetime

from chassis.aggregate import Entity
from chassis.refusals import Conflict, RuleBroken
from contracts.values import Stage

from customer.texts import Note

NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.PROSPECT: frozenset({Stage.DEVELOPING, Stage.CLOSING}),
    Stage.DEVELOPING: frozenset({Stage.ACTIVE, Stage.CLOSING}),
    Stage.ACTIVE: frozenset({Stage.DORMANT, Stage.CLOSING}),
    Stage.DORMANT: frozenset({Stage.ACTIVE, Stage.CLOSING}),
    Stage.CLOSING: frozenset({Stage.CLOSED}),
    Stage.CLOSED: frozenset(),
}
"""Where each stage may lead; an institution may shut down at any stage, and what is closed stays closed.

From `closing` there is also a way back, to the stage before it and to no other.
"""

SHUT = frozenset({Stage.CLOSING, Stage.CLOSED})
"""Stages in which an institution takes no new work."""


class IllegalTransition(Conflict):
    """The life cycle has no such step."""

    code = "illegal_transition"
    title = "The life cycle has no such step"


class StageBeforeLast(RuleBroken):
    """Stages follow one another in time."""

    code = "stage_before_last"
    title = "A stage cannot begin before the one it follows"


class StageEntry(Entity):
    """The institution was, is or will be in `stage` from `on` until `until` (exclusive; None: until further notice)."""

    stage: Stage
    on: date
    until: date | None = None
    reason: Note | None = None
    recorded: datetime
    """When it was decided, by the business clock."""


def extended(
    stages: list[StageEntry], *, stage: Stage, on: date, reason: str | None, recorded: datetime
) -> list[StageEntry]:
    """The timeline with one more stage at its end; dates in the future are plans.

    Raises: IllegalTransition, StageBeforeLast.
    """
    last = stages[-1]
    if stage not in NEXT.get(last.stage, frozenset()) and not _goes_back(stages, stage):
        raise IllegalTransition(from_stage=last.stage.value, to_stage=stage.value)
    if on < last.on:
        raise StageBeforeLast(f"the stage {last.stage.value} begins on {last.on}", field="on")
    ended = last.model_copy(update={"until": on})
    return [*stages[:-1], ended, StageEntry(stage=stage, on=on, reason=reason, recorded=recorded)]


def _goes_back(stages: list[StageEntry], stage: Stage) -> bool:
    return stages[-1].stage is Stage.CLOSING and len(stages) > 1 and stages[-2].stage is stage


def called_off(stages: list[StageEntry]) -> list[StageEntry]:
    """The timeline without its last stage, which had not come yet."""
    return [*stages[:-2], stages[-2].model_copy(update={"until": None})]


def stage_on(stages: list[StageEntry], day: date) -> Stage | None:
    """The stage on a date; None before the first."""
    return next((entry.stage for entry in reversed(stages) if entry.on <= day), None)


def closed_on(stages: list[StageEntry]) -> date | None:
    """The date from which the institution takes no new work, which may be planned; None when it stays open."""
    shut = None
    for entry in reversed(stages):
        if entry.stage not in SHUT:
            break
        shut = entry.on
    return shut
