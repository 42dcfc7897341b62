"""Commands: what a use case is asked to do."""

from pydantic import BaseModel, ConfigDict


class Command(BaseModel):
    """The input of one use case; unknown fields are refused. What its errors say may be logged: no values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
