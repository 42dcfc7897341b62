"""Close the record of an employment."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.employees.model import Employee
from customer.handovers.model import Handover
from customer.handovers.outstanding import carried_stock


class CloseHandover(Command):
    """Close the record of somebody who has left with neither stock nor advances; the login ends with it."""

    handover_id: str


async def close_handover(command: CloseHandover, work: UnitOfWork) -> Handover:
    """The handover afterwards.

    Raises: NotFound, Stale, HandoverIsClosed, HasNotLeft, HandoverOutstanding.
    """
    handover = await work.get(Handover, command.handover_id)
    stock = [item.id for item in await carried_stock(handover.employee_id, work.survey)]
    event = handover.close(work.today, stock)
    employee = await work.get(Employee, handover.employee_id)
    work.save(employee, employee.close(work.today))
    work.save(handover, event)
    return handover
