"""What a caller may see. Every question starts from these relations and from no table, so that none can miss the scope.

A visit is visible through the unit it is credited to, for every product line, and through its institution; an institution
through the unit that owns it and the territories that cover it today, each of these for its product line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chassis.principal import Principal
from contracts.values import ANY_LINE


@dataclass
class Parameters:
    """Named parameters of one statement."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def add(self, value: Any) -> str:
        """Bind a value; the text that stands for it in the statement."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def meant(account_id: str, parameters: Parameters) -> str:
    """An expression for the institution that an id means today."""
    given = parameters.add(account_id)
    return f"coalesce((SELECT survivor_id FROM account_survivor WHERE account_id = {given}), {given})"


_VISIT = "v.* REPLACE (coalesce(m.survivor_id, v.account_id) AS account_id)"
_RESOLVED = "fact_visit v LEFT JOIN account_survivor m ON m.account_id = v.account_id"


def visible_visits(principal: Principal, parameters: Parameters) -> str:
    """A query of all visits in scope: the columns of `fact_visit` and `account_name`, `kind`, `grade` of today.

    `account_id` is what the recorded id means today: an institution that was merged counts as its survivor.
    """
    if principal.sees_everything:
        return f"""SELECT {_VISIT}, a.name AS account_name, a.kind, a.grade
            FROM {_RESOLVED} LEFT JOIN dim_account a ON a.account_id = coalesce(m.survivor_id, v.account_id)"""
    credited = _any(f"starts_with(v.credited_path, {path})" for path in _paths(principal, parameters))
    return f"""SELECT {_VISIT}, a.name AS account_name, a.kind, a.grade
        FROM {_RESOLVED} LEFT JOIN (
            SELECT account_id, name, kind, grade, {_stamped(principal, parameters)} AS seen FROM dim_account
        ) a ON a.account_id = coalesce(m.survivor_id, v.account_id) WHERE {credited} OR coalesce(a.seen, false)"""


def visible_accounts(principal: Principal, parameters: Parameters) -> str:
    """A query of all institutions in scope: the columns of `dim_account`."""
    return f"SELECT a.* FROM dim_account a WHERE {_stamped(principal, parameters)}"


def _paths(principal: Principal, parameters: Parameters) -> list[str]:
    """The parameters that stand for the caller's paths."""
    return [parameters.add(path) for path in principal.paths]


def _stamped(principal: Principal, parameters: Parameters) -> str:
    """True for an institution that one of today's stamps shows to the caller, worked out once an institution."""
    if principal.sees_everything:
        return "true"
    line = "true"
    if ANY_LINE not in principal.lines:
        line = f"s.line IN ({', '.join(parameters.add(each) for each in (ANY_LINE, *principal.lines))})"
    shown = _any(f"starts_with(s.path, {path})" for path in _paths(principal, parameters))
    return f"len(list_filter(visible, lambda s: {shown} AND {line})) > 0"


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions) or 'false'})"
