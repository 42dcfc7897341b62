"""Change what a product line is called."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.lines.model import Line, LineCode
from customer.texts import Name, absent


class ChangeLine(Command):
    """The fields that are set change."""

    line_id: str
    name: Name = absent()
    code: LineCode = absent()


async def change_line(command: ChangeLine, work: UnitOfWork) -> Line:
    """The line afterwards; nothing is recorded when nothing changes.

    Raises: NotFound, Stale; LineCodeTaken at the end of the unit of work.
    """
    line = await work.get(Line, command.line_id)
    event = line.change(command.model_dump(exclude_unset=True, exclude={"line_id"}))
    if event:
        work.save(line, event)
    return line
