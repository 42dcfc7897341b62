"""Make score models and versions of them."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.values import ScoreSubject

from customer.evaluation.model import ScoreModel
from customer.evaluation.terms import Terms, violations_of
from customer.texts import Name


class DraftModel(Terms, Command):
    """Make a model; its first version is a draft."""

    name: Name
    subject: ScoreSubject


class AddVersion(Terms, Command):
    """Make a further version of a model, a draft."""

    model_id: str


async def draft_model(command: DraftModel, work: UnitOfWork) -> ScoreModel:
    """The new model. Raises: RuleBroken with everything that is wrong with its terms."""
    terms = _terms(command)
    work.collect(violations_of(command.subject, terms))
    work.check()
    model = ScoreModel.draft(name=command.name, subject=command.subject, terms=terms, at=work.now)
    work.add(model, model.drafted())
    return model


async def add_version(command: AddVersion, work: UnitOfWork) -> ScoreModel:
    """The model with its new version. Raises: NotFound, Stale, TooManyVersions, RuleBroken."""
    model = await work.get(ScoreModel, command.model_id)
    terms = _terms(command)
    work.collect(violations_of(model.subject, terms))
    work.check()
    work.save(model, model.add_version(terms, work.now))
    return model


def _terms(command: Terms) -> Terms:
    return Terms(**{name: getattr(command, name) for name in Terms.model_fields})
