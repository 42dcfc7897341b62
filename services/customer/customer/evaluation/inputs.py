"""Values of inputs that other services tell, by subject, code and period, with when they were heard of."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar

from chassis.aggregate import Index, Replica
from contracts.values import ScoreSubject

from customer.evaluation.catalogue import VISITS, VISITS_DAYS


class InputValue(Replica, collection="evaluation_inputs"):
    """What was heard of `origin` at `recorded_us` (the database's clock): its value for the days from `period_from` until
    `period_to` (exclusive). Rows are never changed: a later one of the same origin corrects it, a null value takes it back.
    """

    INDEXES: ClassVar[list[Index]] = [Index([("subject_id", 1), ("code", 1)])]

    subject: ScoreSubject
    subject_id: str
    code: str
    origin: str
    period_from: date
    period_to: date
    value: float | None
    recorded_us: int


def value_on(code: str, rows: Iterable[InputValue], on: date, known_us: int | None = None) -> float | None:
    """The value of an input on a date, from all rows of one subject for it, as far as they were known at an instant.

    Visits are counted over the days to the date, 0 once there has been one at all; of other inputs the latest period that has begun
    by then counts. None when nothing is known.
    """
    latest: dict[str, InputValue] = {}
    for row in rows:
        before = latest.get(row.origin)
        if (known_us is None or row.recorded_us <= known_us) and (before is None or _order(before) < _order(row)):
            latest[row.origin] = row
    begun = [row for row in latest.values() if row.value is not None and row.period_from <= on]
    if not begun:
        return None
    if code == VISITS:
        since = on - timedelta(days=VISITS_DAYS)
        return sum((row.value or 0.0 for row in begun if row.period_from > since), 0.0)
    return max(begun, key=lambda row: (row.period_from, row.period_to, _order(row))).value


def _order(row: InputValue) -> tuple[int, int, str]:
    return row.recorded_us, row.sequence, row.id
