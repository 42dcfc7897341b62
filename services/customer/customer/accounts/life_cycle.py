"""The life cycle of an institution: a timeline of stages, each from a business date until the next one's."""

from datetime import date, datetime

from chassis.aggregate import Entity
from chassis.refusals import Conflict, RuleBroken
from contracts.values import Stage

from customer.texts import Note

NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.PROSPECT: frozenset({Stage.DEVELOPING, Stage.CLOSED}),
    Stage.DEVELOPING: frozenset({Stage.ACTIVE, Stage.CLOSED}),
    Stage.ACTIVE: frozenset({Stage.DORMANT, Stage.CLOSED}),
    Stage.DORMANT: frozenset({Stage.ACTIVE, Stage.CLOSED}),
    Stage.CLOSED: frozenset(),
}
"""Where each stage may lead; an institution may shut down at any stage, and what is closed stays closed."""


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
    if stage not in NEXT.get(last.stage, frozenset()):
        raise IllegalTransition(from_stage=last.stage.value, to_stage=stage.value)
    if on < last.on:
        raise StageBeforeLast(f"the stage {last.stage.value} begins on {last.on}", field="on")
    ended = last.model_copy(update={"until": on})
    return [*stages[:-1], ended, StageEntry(stage=stage, on=on, reason=reason, recorded=recorded)]


def stage_on(stages: list[StageEntry], day: date) -> Stage | None:
    """The stage on a date; None before the first."""
    return next((entry.stage for entry in reversed(stages) if entry.on <= day), None)


def closed_on(stages: list[StageEntry]) -> date | None:
    """The date from which the institution is closed, which may be planned; None when it stays open."""
    last = stages[-1]
    return last.on if last.stage is Stage.CLOSED else None
