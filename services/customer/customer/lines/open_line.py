"""Open a product line."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import LineId

from customer.lines.model import Line, LineCode
from customer.texts import Name


class OpenLine(Command):
    """Open a product line. A loader may give the id."""

    line_id: LineId | None = None
    name: Name
    code: LineCode


async def open_line(command: OpenLine, work: UnitOfWork) -> Line:
    """The new line.

    Raises: LineCodeTaken at the end of the unit of work.
    """
    line = Line.open(id=command.line_id or Line.new_id(), name=command.name, code=command.code)
    work.add(line, line.opened())
    return line
