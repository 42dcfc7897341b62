"""What a caller may see. Every question starts from these relations and from no table, so that none can miss the scope.

A visit is visible through the unit it is credited to and through today's alignment of its institution; an institution
through today's alignment. Both are stamped for every product line (`*`), so lines do not narrow them.
"""

from dataclasses import dataclass, field
from typing import Any

from chassis.principal import Principal


@dataclass
class Parameters:
    """Named parameters of one statement."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def add(self, value: Any) -> str:
        """Bind a value; the text that stands for it in the statement."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def visible_visits(principal: Principal, parameters: Parameters) -> str:
    """A query of all visits in scope: the columns of `fact_visit` and `account_name`, `kind`, `grade` of today."""
    scope = _within(principal, parameters, "v.credited_path", "a.unit_path")
    return f"""SELECT v.*, a.name AS account_name, a.kind, a.grade
        FROM fact_visit v LEFT JOIN dim_account a ON a.account_id = v.account_id WHERE {scope}"""


def visible_accounts(principal: Principal, parameters: Parameters) -> str:
    """A query of all institutions in scope: the columns of `dim_account`."""
    return f"SELECT a.* FROM dim_account a WHERE {_within(principal, parameters, 'a.unit_path')}"


def _within(principal: Principal, parameters: Parameters, *columns: str) -> str:
    if "/" in principal.paths:
        return "true"
    bound = [parameters.add(path) for path in principal.paths]
    conditions = [f"coalesce(starts_with({column}, {path}), false)" for path in bound for column in columns]
    return f"({' OR '.join(conditions)})" if conditions else "false"
