"""Answer a care case."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.care.model import CareAnswer, CareCase, CaseStatus
from customer.texts import LongNote


class AnswerCase(Command):
    """Write down what was said or done."""

    case_id: str
    text: LongNote


async def answer_case(command: AnswerCase, work: UnitOfWork) -> CareCase:
    """The case afterwards; who answers an open case has taken it on. Raises: NotFound, Stale, IllegalCaseStep, TooManyAnswers."""
    case = await work.get(CareCase, command.case_id)
    author_id = work.principal.employee_id
    if case.status is CaseStatus.OPEN and author_id is not None:
        taken = case.assign(author_id)
        if taken is not None:
            work.save(case, taken)
    event = case.answer(CareAnswer(text=command.text, author_id=author_id, at=work.now))
    work.save(case, event)
    return case
