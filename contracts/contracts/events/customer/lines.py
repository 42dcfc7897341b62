"""Events of product lines (业务线)."""

from contracts.events.base import Event, State
from contracts.ids import LineId


class LineState(State):
    """A product line: what a representative's positions and the alignment of institutions are for.

    Visible stamps and scopes name a line by its id, `*` stands for all lines.
    """

    line_id: LineId
    name: str
    code: str


class LineOpened(Event, type="customer.line-opened.v1", topic="customer.line"):
    """A product line was opened."""

    line: LineState


class LineChanged(Event, type="customer.line-changed.v1", topic="customer.line"):
    """Name or code of a product line changed; `changed` names the fields."""

    line: LineState
    changed: list[str]
