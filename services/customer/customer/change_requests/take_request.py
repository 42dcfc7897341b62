"""Take a request up for review."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.change_requests.model import ChangeRequest


class TakeRequest(Command):
    """The steward who asks is the one who will judge it."""

    request_id: str


async def take_request(command: TakeRequest, work: UnitOfWork) -> ChangeRequest:
    """The request afterwards; nothing is recorded when the steward has it. Raises: NotFound, Stale, OwnRequest, IllegalStep."""
    request = await work.get(ChangeRequest, command.request_id)
    event = request.take(work.principal.employee_id)
    if event is not None:
        work.save(request, event)
    return request
