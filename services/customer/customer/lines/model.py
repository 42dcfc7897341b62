"""A product line and its rules."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from chassis.aggregate import Aggregate, Index
from chassis.refusals import Conflict
from contracts.events.customer import LineChanged, LineOpened, LineState
from contracts.values import Stamp
from pydantic import StringConstraints

from customer.texts import Name

LineCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,31}$")]
"""What the company calls the line for short: capitals and digits."""

WHOLE_COMPANY = [Stamp(path="/")]
"""Lines belong to the whole company: all employees read them as a directory."""


class LineCodeTaken(Conflict):
    """The code is that of another line."""

    code = "line_code_taken"
    title = "Another product line has this code"


class Line(Aggregate, kind="line", collection="lines", prefix="lin"):
    """A product line. Stamps, positions and alignments name it by its id, so that its code may change."""

    INDEXES: ClassVar[list[Index]] = [Index([("code", 1)], unique=True, refusal=LineCodeTaken), Index([("name", 1)])]

    name: Name
    code: LineCode

    @classmethod
    def open(cls, *, id: str, name: str, code: str) -> "Line":
        """A new line."""
        return cls(id=id, name=name, code=code, visible=WHOLE_COMPANY)

    def change(self, facts: Mapping[str, Any]) -> LineChanged | None:
        """Overwrite name or code; None when nothing would change."""
        changed = [fact for fact in ("name", "code") if fact in facts and facts[fact] != getattr(self, fact)]
        for fact in changed:
            setattr(self, fact, facts[fact])
        return LineChanged(line=self.state(), changed=changed) if changed else None

    def opened(self) -> LineOpened:
        """The event of its opening."""
        return LineOpened(line=self.state())

    def state(self) -> LineState:
        """What events tell of the line."""
        return LineState(line_id=self.id, name=self.name, code=self.code)
