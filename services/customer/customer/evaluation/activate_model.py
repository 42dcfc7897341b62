"""Let a version of a score model decide, or let none decide any more."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import ScoreModelStatus

from customer.evaluation.model import ScoreModel
from customer.texts import Note


class ActivateModel(Command):
    """From now on this version decides the tiers of its subject; the newest unless it says otherwise."""

    model_id: str
    version: int | None = None
    reason: Note | None = None


class RetireModel(Command):
    """From now on the model decides no tiers."""

    model_id: str
    reason: Note | None = None


async def activate_model(command: ActivateModel, work: UnitOfWork) -> ScoreModel:
    """The model; whichever decided before is retired. Nothing is recorded when the version is active already.

    Raises: NotFound, Stale, UnknownVersion, VersionRetired; AnotherModelActive at the end of the unit.
    """
    model = await work.get(ScoreModel, command.model_id)
    events = model.activate(model.newest.number if command.version is None else command.version, work.now)
    if not events:
        return model
    others = await work.survey(
        ScoreModel, {"subject": model.subject.value, "versions.state": ScoreModelStatus.ACTIVE.value}
    )
    for other in others:
        if other.id != model.id and other.active is not None:
            work.save(other, other.retire(work.now), reason=command.reason)
    work.save(model, *events, valid_from=work.today, reason=command.reason)
    return model


async def retire_model(command: RetireModel, work: UnitOfWork) -> ScoreModel:
    """The model without a version in force. Raises: NotFound, Stale, NothingActive."""
    model = await work.get(ScoreModel, command.model_id)
    work.save(model, model.retire(work.now), valid_from=work.today, reason=command.reason)
    return model
