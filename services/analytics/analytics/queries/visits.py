"""How many visits, how many contacts reached, how many units of material dropped: by unit, month, product …"""

from dataclasses import dataclass
from typing import Any

import duckdb
from chassis.principal import Principal

from analytics.queries.counted import COUNTED, HELD, chosen_visits, detailed, dropped, product_condition
from analytics.queries.question import Dimension, Question
from analytics.queries.visible import Parameters

FORMULA = {
    "visits": "number of confirmed (or since locked) visits by business date of check-in; grouped by product, a visit "
    "counts once for each product it detailed, and in the row without product when it detailed none",
    "contacts_reached": "number of distinct attendees of these visits; not additive over rows",
    "materials_dropped": "sum of units disbursed in these visits; grouped by product, under the product that the "
    "material promotes",
    "coverage": "confirmed visits ÷ visits held (checked in or later, not cancelled) in the same period and filters",
}


@dataclass(frozen=True)
class _Key:
    """A dimension in SQL: what to group by, and the name shown beside an id."""

    column: str
    expression: str
    label: str | None = None
    labels: str | None = None


_KEYS: dict[Dimension, _Key] = {
    Dimension.UNIT: _Key("unit_id", "credited_unit_id", "unit", "SELECT unit_id, name FROM dim_unit"),
    Dimension.MONTH: _Key("month", "strftime(visited_on, '%Y-%m')"),
    Dimension.WEEK: _Key("week", "strftime(visited_on, '%G-W%V')"),
    Dimension.DAY: _Key("day", "strftime(visited_on, '%Y-%m-%d')"),
    Dimension.PRODUCT: _Key("product_id", "product_id", "product", "SELECT product_id, name FROM dim_product"),
    Dimension.ACCOUNT: _Key("account_id", "account_id", "account", "SELECT account_id, name FROM dim_account"),
    Dimension.EMPLOYEE: _Key(
        "employee_id", "employee_id", "employee", "SELECT employee_id, username AS name FROM dim_employee"
    ),
    Dimension.GRADE: _Key("grade", "grade"),
    Dimension.KIND: _Key("kind", "kind"),
}


@dataclass(frozen=True)
class Figures:
    """Rows in the order of their keys (as text, absent ones first); `last` is the key of the last one if more follow."""

    items: list[dict[str, Any]]
    last: list[str] | None


def visit_figures(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    principal: Principal,
    *,
    limit: int,
    after: list[str] | None = None,
) -> Figures:
    """Answer a question for one caller; `after` is the `last` of the page before."""
    parameters = Parameters()
    keys = [_KEYS[dimension] for dimension in question.by]
    statement = _statement(question, keys, principal, parameters)
    if keys:
        order = ", ".join(f"coalesce({key.column}, '')" for key in keys)
        if after is not None:
            beyond = ", ".join(parameters.add(value) for value in after)
            statement += f" WHERE row({order}) > row({beyond})"
        statement += f" ORDER BY {order} LIMIT {parameters.add(limit + 1)}"
    cursor = connection.execute(statement, parameters.values)
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    items = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    more = len(rows) > limit
    return Figures(items, [items[-1][key.column] or "" for key in keys] if more else None)


def visit_coverage(
    connection: duckdb.DuckDBPyConnection, question: Question, principal: Principal
) -> dict[str, int | float | None]:
    """How much of what took place is in the figures: `{held, counted, share}`; the product filter does not apply."""
    parameters = Parameters()
    held = chosen_visits(question.filters, principal, parameters, states=HELD)
    statement = f"SELECT count(*), count(*) FILTER (state IN {COUNTED}) FROM ({held})"
    total, counted = connection.execute(statement, parameters.values).fetchall()[0]
    return {"held": total, "counted": counted, "share": round(counted / total, 4) if total else None}


def _statement(question: Question, keys: list[_Key], principal: Principal, parameters: Parameters) -> str:
    """A query with one row per combination of keys, labels included; without keys a single row."""
    chosen = chosen_visits(question.filters, principal, parameters)
    own = [key for key in keys if key.column != "product_id"]
    carried = ", ".join(["visit_id", *(key.column for key in own)])
    named = ", ".join(["visit_id", *(f"{key.expression} AS {key.column}" for key in own)])
    if question.by_product:
        product = product_condition(question.filters, parameters)
        counted = f"SELECT * FROM ({detailed('base', f'{carried}, attendees')}) WHERE {product}"
        left = f"SELECT * FROM ({dropped('base', carried)}) WHERE {product}"
    else:
        counted = f"SELECT {carried}, attendees FROM base"
        left = f"SELECT {carried}, list_sum(list_transform(materials, lambda m: m.quantity)) AS quantity FROM base"
    columns = "".join(f"{key.column}, " for key in keys)
    return f"""WITH base AS (SELECT {named}, attendees, products, materials FROM ({chosen})),
        counted AS ({counted}), left_behind AS ({left}),
        parts AS (
            SELECT {columns}count(*) AS visits, NULL AS contacts, NULL AS units FROM counted GROUP BY ALL
            UNION ALL SELECT {columns}NULL, count(DISTINCT contact_id), NULL
                FROM (SELECT {columns}unnest(attendees) AS contact_id FROM counted) GROUP BY ALL
            UNION ALL SELECT {columns}NULL, NULL, sum(quantity) FROM left_behind GROUP BY ALL
        ),
        figures AS (
            SELECT {columns}coalesce(sum(visits), 0)::BIGINT AS visits,
                coalesce(sum(contacts), 0)::BIGINT AS contacts_reached,
                coalesce(sum(units), 0) AS materials_dropped FROM parts GROUP BY ALL
        )
        SELECT {_shown(keys)} FROM figures {_joins(keys)}"""


def _shown(keys: list[_Key]) -> str:
    shown = [
        column
        for position, key in enumerate(keys)
        for column in ([key.column] if key.label is None else [key.column, f"l{position}.name AS {key.label}"])
    ]
    return ", ".join([*shown, "visits", "contacts_reached", "materials_dropped"])


def _joins(keys: list[_Key]) -> str:
    return " ".join(
        f"LEFT JOIN ({key.labels}) l{position} USING ({key.column})"
        for position, key in enumerate(keys)
        if key.labels is not None
    )
