"""Put something on a leaver's checklist by hand."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.events.customer import HandoverItemKind

from customer.handovers.model import BY_HAND, Advance, Handover
from customer.texts import Line


class WriteDownEntry(Command):
    """A plan, a task or an advance; an advance has an amount."""

    handover_id: str
    kind: HandoverItemKind
    title: Line
    amount: Advance | None = None


async def write_down_entry(command: WriteDownEntry, work: UnitOfWork) -> Handover:
    """The handover afterwards.

    Raises: NotFound, Stale, RuleBroken, HandoverIsClosed, TooManyEntries.
    """
    handover = await work.get(Handover, command.handover_id)
    if command.kind not in BY_HAND:
        work.violate("kind", "known_by_itself", f"{command.kind.value} items come onto the checklist by themselves")
    advance = command.kind is HandoverItemKind.ADVANCE
    if advance and command.amount is None:
        work.violate("amount", "amount_required", "an advance has an amount")
    if not advance and command.amount is not None:
        work.violate("amount", "amount_of_advances_only", "only an advance has an amount")
    work.check()
    handover.write_down(command.kind, command.title, command.amount)
    work.save(handover)
    return handover
