"""Events of the analytics service: what it has worked out for others to rest on."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.evaluation import PRESCRIBER_LEVEL_DATA_FORBIDDEN, speaks_of_prescriptions
from contracts.events.base import Event, State
from contracts.ids import AccountId, ContactId, EvaluationInputId
from contracts.values import ScoreSubject

InputCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class EvaluationInputState(State):
    """A figure that an institution or a doctor may be scored by, for the days from `period_from` until `period_to`
    (exclusive). A later event of the same `input_id` corrects it; a null `value` takes it back.

    Exactly one of `account_id` and `contact_id` is there, as `subject` says. A figure of what one doctor prescribes or
    sells fits no schema: a record that carries one for a contact is undecodable.
    """

    input_id: EvaluationInputId
    subject: ScoreSubject
    account_id: AccountId | None = None
    contact_id: ContactId | None = None
    code: InputCode
    period_from: date
    period_to: date
    value: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @property
    def subject_id(self) -> str:
        """The id of whom it speaks of."""
        found = self.account_id if self.subject is ScoreSubject.ACCOUNT else self.contact_id
        assert found is not None, "validated"
        return found

    @model_validator(mode="after")
    def _one_subject_and_a_period(self) -> Self:
        if (self.account_id is None) == (self.contact_id is None) or (
            (self.account_id is not None) != (self.subject is ScoreSubject.ACCOUNT)
        ):
            raise ValueError("an input speaks of the one account or contact that its subject says")
        if self.period_to <= self.period_from:
            raise ValueError("a period ends after it has begun")
        if self.subject is ScoreSubject.CONTACT and speaks_of_prescriptions(self.code):
            raise ValueError(PRESCRIBER_LEVEL_DATA_FORBIDDEN)
        return self


class EvaluationInputRecorded(Event, type="analytics.evaluation-input-recorded.v1", topic="analytics.evaluation-input"):
    """A figure was worked out, corrected or taken back; scores of days from its period on may change with the next run."""

    input: EvaluationInputState
