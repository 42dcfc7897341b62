"""Rows of a table: cells by their columns, the values they stand for, and everything that is wrong with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from chassis.aggregate import Document
from chassis.command import Command
from chassis.refusals import Refusal, Violation
from chassis.tables.neutral import original
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from customer.imports.texts import Parse, Unreadable, trimmed

C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a row; `field` as in the mapping, or None."""

    code: str
    detail: str
    field: str | None = None


@dataclass
class Row:
    """A row. `values` holds what its cells say, by field; empty cells are absent."""

    number: int
    """As a spreadsheet counts: the headings are 1."""
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    problems: list[Problem] = field(default_factory=list[Problem])

    def fail(self, code: str, detail: str, field: str | None = None) -> None:
        """Say what is wrong with it."""
        self.problems.append(Problem(code, detail, field))


@dataclass(frozen=True)
class Verdict:
    """What became of a row, or would: the field names with what stood there before and what stands there after."""

    action: str
    id: str | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])


class Columns:
    """How the columns of a table stand for fields."""

    def __init__(
        self,
        header: Sequence[str],
        mapping: Mapping[str, str],
        defaults: Mapping[str, str],
        parsers: Mapping[str, Parse],
    ) -> None:
        self.header = list(header)
        self._parsers = parsers
        self._defaults = {name: parsers[name](trimmed(cell)) for name, cell in defaults.items()}
        places = {name: position for position, name in reversed(list(enumerate(self.header)))}
        self._places = {mapping[name]: places[name] for name in mapping if name in places}
        self._column_of = {field: name for name, field in mapping.items()}

    def read(self, number: int, cells: Sequence[str]) -> Row:
        """A row with its values; what cannot be read is among its problems."""
        row = Row(number, list(cells))
        if any(trimmed(cell) for cell in cells[len(self.header) :]):
            row.fail("too_many_cells", "the row has more cells than there are columns")
        for name, place in self._places.items():
            cell = original(trimmed(cells[place])) if place < len(cells) else ""
            if cell:
                try:
                    row.values[name] = self._parsers[name](cell)
                except Unreadable as unreadable:
                    row.fail(unreadable.code, unreadable.detail, name)
        return row

    def defaults_for(self, row: Row) -> dict[str, Any]:
        """The values of a row that creates: defaults stand where its cells are empty."""
        unread = {problem.field for problem in row.problems}
        return {name: value for name, value in self._defaults.items() if name not in unread} | row.values

    def column_of(self, name: str | None) -> str:
        """The column that a field is read from; the field itself when it comes from the defaults."""
        return "" if name is None else self._column_of.get(name, name)

    def place_of(self, name: str | None) -> int:
        """Where that column stands; behind the last one when it comes from the defaults."""
        return len(self.header) if name is None else self._places.get(name, len(self.header))


def problems_of(refusal: Refusal, fields: Mapping[str, str]) -> list[Problem]:
    """What a use case refused, by the fields of the import; `fields` says which are called otherwise there."""
    violations = refusal.violations or [Violation(refusal.code, refusal.detail)]
    return [Problem(one.code, one.detail, _named(one.field, fields)) for one in violations]


def fitting(kind: type[C], facts: Mapping[str, Any], row: Row, fields: Mapping[str, str]) -> C | None:
    """The command of a row; None when the row has problems, to which is added what does not fit.

    Of a field that has a problem already nothing more is said.
    """
    try:
        command = kind.model_validate(facts)
    except ValidationError as failure:
        told = {problem.field for problem in row.problems}
        for error in failure.errors(include_url=False, include_input=False):
            named = _named(".".join(str(part) for part in error["loc"]), fields)
            if named not in told:
                row.fail(_code_of(error), error["msg"], named)
        return None
    return None if row.problems else command


def _code_of(error: ErrorDetails) -> str:
    return {"missing": "required", "extra_forbidden": "unknown_field"}.get(error["type"], error["type"])


def _named(place: str | None, fields: Mapping[str, str]) -> str | None:
    if not place:
        return None
    for theirs, ours in fields.items():
        if place == theirs or place.startswith((f"{theirs}.", f"{theirs}[")):
            return ours
    return place


def failed_row(row: Row, columns: Columns) -> Document:
    """How a failed row is kept for its sender."""
    return {
        "n": row.number,
        "action": "failed",
        "cells": [original(cell) for cell in row.cells],
        "problems": [
            {"column": columns.column_of(one.field), "code": one.code, "detail": one.detail}
            for one in sorted(row.problems, key=lambda one: columns.place_of(one.field))
        ],
    }


def judged_row(row: Row, verdict: Verdict) -> Document:
    """How a row of a dry run is kept."""
    fields = [
        {"field": name, "before": _storable(before), "after": _storable(after)}
        for name, (before, after) in verdict.fields.items()
    ]
    return {"n": row.number, "action": verdict.action, "id": verdict.id, "fields": fields}


def _storable(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def nothing_but_blanks(cells: Iterable[str]) -> bool:
    """True when a row says nothing at all."""
    return not any(trimmed(cell) for cell in cells)
