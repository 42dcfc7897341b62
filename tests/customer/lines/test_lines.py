"""Opening and changing product lines."""

import pytest
from chassis.testing import FakeUnitOfWork, an_admin, run_in
from contracts.events.customer import LineChanged, LineOpened
from customer.lines.change_line import ChangeLine, change_line
from customer.lines.model import LineCodeTaken
from customer.lines.open_line import OpenLine, open_line
from pydantic import ValidationError


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork(principal=an_admin())


async def test_a_line_is_opened_for_the_whole_company(work: FakeUnitOfWork):
    line = await run_in(work, open_line, OpenLine(name="Gastro", code="GASTRO"))
    assert [stamp.path for stamp in line.visible] == ["/"]
    (event,) = work.emitted
    assert isinstance(event, LineOpened)
    assert (event.line.line_id, event.line.name, event.line.code) == (line.id, "Gastro", "GASTRO")


async def test_two_lines_do_not_share_a_code(work: FakeUnitOfWork):
    await run_in(work, open_line, OpenLine(name="Gastro", code="GASTRO"))
    with pytest.raises(LineCodeTaken):
        await run_in(work.next(), open_line, OpenLine(name="Other", code="GASTRO"))


async def test_a_line_cannot_take_the_code_of_another(work: FakeUnitOfWork):
    await run_in(work, open_line, OpenLine(name="Gastro", code="GASTRO"))
    other = await run_in(work.next(), open_line, OpenLine(name="Other", code="OTHER"))
    with pytest.raises(LineCodeTaken):
        await run_in(work.next(), change_line, ChangeLine(line_id=other.id, code="GASTRO"))


async def test_only_what_differs_is_told(work: FakeUnitOfWork):
    line = await run_in(work, open_line, OpenLine(name="Gastro", code="GASTRO"))
    later = work.next()
    await run_in(later, change_line, ChangeLine(line_id=line.id, name="Gastroenterology", code="GASTRO"))
    (event,) = later.emitted
    assert isinstance(event, LineChanged)
    assert (event.changed, event.line.name) == (["name"], "Gastroenterology")
    unchanged = work.next()
    await run_in(unchanged, change_line, ChangeLine(line_id=line.id, code="GASTRO"))
    assert unchanged.emitted == []


@pytest.mark.parametrize("code", ["", "gastro", "A B", "*", "X" * 33, "|"])
def test_a_code_is_short_and_in_capitals(code: str):
    with pytest.raises(ValidationError):
        OpenLine(name="x", code=code)
