"""Carry out rows in one transaction: each is judged by itself, and either those that can be are kept, or all or none."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from chassis.aggregate import Aggregate
from chassis.command import Command
from chassis.http.problems import content_of, invalid
from chassis.refusals import Conflict, Refusal, RuleBroken
from chassis.work import UnitOfWork
from pydantic import ValidationError

from customer.bulk.model import BulkBatch, Verdict

R = TypeVar("R")
Carry = Callable[[R, UnitOfWork], Awaitable[tuple[Aggregate, bool]]]
"""Carries a row out: what it speaks of, and whether that is new. Raises a Refusal, having changed nothing then."""

NOT_DONE = 424


class NotEveryRow(Conflict):
    """A row was refused, so none was kept; `verdicts` says what would have become of each."""

    code = "not_every_row"
    title = "Not every row can be carried out"

    def __init__(self, verdicts: list[Verdict]) -> None:
        super().__init__()
        self.verdicts = verdicts


class RepeatedRow(RuleBroken):
    """Which of two rows comes first must not matter."""

    code = "repeated_row"
    title = "Another row of the request speaks of the same"


class RunRows(Command):
    """The rows of a request that go into one transaction begin at `start`."""

    start: int = 0
    all_or_none: bool = False


async def run_rows(command: RunRows, rows: Sequence[R], carry: Carry[R], work: UnitOfWork) -> BulkBatch:
    """The verdicts. Raises: NotEveryRow."""
    verdicts: list[Verdict] = []
    written: list[tuple[int, Aggregate]] = []
    for offset, row in enumerate(rows):
        index = command.start + offset
        try:
            aggregate, fresh = await carry(row, work)
        except ValidationError as failure:
            verdicts.append(_refused(index, invalid(failure.errors(include_url=False, include_input=False))))
        except Refusal as refusal:
            verdicts.append(_refused(index, refusal))
        else:
            written.append((len(verdicts), aggregate))
            verdicts.append(Verdict(index=index, status=201 if fresh else 200, id=aggregate.id))
    if command.all_or_none and not all(verdict.done for verdict in verdicts):
        raise NotEveryRow([Verdict(index=one.index, status=NOT_DONE) if one.done else one for one in verdicts])
    work.next_command(work.cause)  # gives what was changed its versions
    for place, aggregate in written:
        verdicts[place].version = aggregate.version
    batch = BulkBatch(id=BulkBatch.new_id(), verdicts=verdicts)
    if written:
        work.add(batch)
    return batch


def _refused(index: int, refusal: Refusal) -> Verdict:
    return Verdict(index=index, status=refusal.status, problem=content_of(refusal))
