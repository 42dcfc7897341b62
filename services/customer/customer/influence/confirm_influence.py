"""Confirm an influence, so that it does not fade."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.influence.ends import influence_between
from customer.influence.model import Influence, Strength
from customer.planning import refuse_future


class ConfirmInfluence(Command):
    """The influence was seen to be there on a date, today unless it says otherwise, perhaps with another strength."""

    influence_id: str
    strength: Strength | None = None
    on: date | None = None


async def confirm_influence(command: ConfirmInfluence, work: UnitOfWork) -> Influence:
    """The influence afterwards; nothing is recorded when that much is known already.

    Raises: NotFound, Stale, Erased, NotInForce, RuleBroken.
    """
    influence, stamps = await influence_between(command.influence_id, work)
    on = command.on or work.today
    refuse_future(work, on, field="on")
    work.check()
    event = influence.confirm(on, command.strength, work.today)
    if event is not None:
        work.save(influence, event, valid_from=on)
        work.emit_stamps(influence, stamps)
    return influence
