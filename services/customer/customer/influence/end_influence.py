"""End an influence."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.influence.ends import influence_between
from customer.influence.model import Influence
from customer.planning import refuse_far_plans
from customer.texts import Note


class EndInfluence(Command):
    """The influence holds no more from a business date."""

    influence_id: str
    on: date
    reason: Note


async def end_influence(command: EndInfluence, work: UnitOfWork) -> Influence:
    """The influence afterwards; nothing is recorded when it ends on that date already.

    Raises: NotFound, Stale, Erased, EndsBeforeItStarts, RuleBroken.
    """
    influence, stamps = await influence_between(command.influence_id, work)
    refuse_far_plans(work, command.on, field="on")
    work.check()
    event = influence.end(command.on, work.today)
    if event is not None:
        work.save(influence, event, valid_from=command.on, reason=command.reason)
        work.emit_stamps(influence, stamps)
    return influence
