"""Take a request back."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.change_requests.model import ChangeRequest


class WithdrawRequest(Command):
    """It is not to be judged any more."""

    request_id: str


async def withdraw_request(command: WithdrawRequest, work: UnitOfWork) -> ChangeRequest:
    """The request afterwards. Raises: NotFound, Stale, NotTheRequester, IllegalStep."""
    request = await work.get(ChangeRequest, command.request_id)
    request.own(work.principal.employee_id)
    work.save(request, request.withdraw())
    return request
