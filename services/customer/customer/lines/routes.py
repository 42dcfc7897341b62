"""HTTP of product lines."""

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from chassis.reads import Change

from customer.lines.change_line import ChangeLine, change_line
from customer.lines.model import Line, LineCode
from customer.lines.open_line import OpenLine, open_line
from customer.lines.queries import LineOut, line_of, list_lines
from customer.texts import Name, absent

router = Router(prefix="/lines", tags=["lines"])


class LineBody(Body):
    """A product line to open."""

    name: Name
    code: LineCode


class LineChangeBody(Body):
    """What to change of a product line."""

    name: Name = absent()
    code: LineCode = absent()


@router.post("", status_code=201, permission=Permission.LINES_WRITE, response_model=LineOut)
async def post_line(body: LineBody, run: Run) -> Answer:
    """Open a product line."""
    line = await run(open_line, OpenLine(**body.fields()))
    return Answer(LineOut.of(line), version=line.version)


@router.get("", permission=Permission.LINES_READ, response_model=Page[LineOut])
async def get_lines(read: Read, page: PageArgs, code: LineCode | None = None) -> Answer:
    """The product lines of the company."""
    return Answer(await list_lines(read, page, code=code))


@router.get("/{line_id}", permission=Permission.LINES_READ, response_model=LineOut)
async def get_line(line_id: str, read: Read) -> Answer:
    """One product line."""
    line = await line_of(read, line_id)
    return Answer(LineOut.of(line), version=line.version)


@router.patch("/{line_id}", permission=Permission.LINES_WRITE, response_model=LineOut)
async def patch_line(line_id: str, body: LineChangeBody, run: Run) -> Answer:
    """Change name or code of a product line."""
    command = ChangeLine(line_id=line_id, **body.fields())
    line = await run(change_line, command, subject=line_id, require_match=True, locks=[line_id])
    return Answer(LineOut.of(line), version=line.version)


@router.get("/{line_id}/history", permission=Permission.LINES_READ, response_model=Page[Change])
async def get_line_history(line_id: str, read: Read, page: PageArgs) -> Answer:
    """What was changed, when and by whom, oldest first; for those who see the whole company."""
    return Answer(await read.history(Line, line_id, page))
