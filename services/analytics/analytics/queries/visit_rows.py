"""The rows behind the figures about visits: same filters, same scope, and their sums are the figures."""

from datetime import date
from typing import Any

import duckdb
from chassis.principal import Principal

from analytics.queries.counted import chosen_visits, detailed, dropped, product_condition
from analytics.queries.question import Filters
from analytics.queries.visible import Parameters

Place = tuple[date, str]
"""Business date and id of a visit: what rows are ordered by."""


def visit_rows(
    connection: duckdb.DuckDBPyConnection,
    filters: Filters,
    principal: Principal,
    *,
    limit: int,
    after: Place | None = None,
) -> tuple[list[dict[str, Any]], Place | None]:
    """At most `limit` counted visits by date, and the place of the last one when more follow.

    `visits`, `contacts_reached` and `materials_dropped` are what the row adds to the figures. With a product filter a
    visit that left the product's material without detailing it is a row with 0 visits.
    """
    parameters = Parameters()
    chosen = chosen_visits(filters, principal, parameters)
    if filters.product_id is None:
        met, lines = "SELECT visit_id FROM chosen", dropped("chosen", "visit_id")
    else:
        product = product_condition(filters, parameters)
        met = f"SELECT visit_id FROM ({detailed('chosen', 'visit_id')}) WHERE {product}"
        lines = f"SELECT * FROM ({dropped('chosen', 'visit_id')}) WHERE {product}"
    beyond = ""
    if after is not None:
        beyond = f"AND row(c.visited_on, c.visit_id) > row({parameters.add(after[0])}, {parameters.add(after[1])})"
    statement = f"""WITH chosen AS ({chosen}), met AS ({met}), lines AS ({lines}),
        left_behind AS (
            SELECT visit_id, sum(quantity) AS units,
                list({{'lot_id': lot_id, 'material_id': material_id, 'product_id': product_id,
                       'contact_id': contact_id, 'quantity': quantity}}
                     ORDER BY lot_id, contact_id, quantity) AS materials
            FROM lines GROUP BY visit_id
        )
        SELECT c.visit_id, c.visited_on, c.state, c.credited_unit_id AS unit_id, u.name AS unit,
            c.account_id, c.account_name AS account, c.employee_id, e.username AS employee,
            CASE WHEN m.visit_id IS NULL THEN 0 ELSE 1 END AS visits,
            CASE WHEN m.visit_id IS NULL THEN 0 ELSE len(list_distinct(c.attendees)) END::BIGINT AS contacts_reached,
            coalesce(l.units, 0) AS materials_dropped,
            c.attendees, c.products, coalesce(l.materials, []) AS materials
        FROM chosen c
        LEFT JOIN met m ON m.visit_id = c.visit_id
        LEFT JOIN left_behind l ON l.visit_id = c.visit_id
        LEFT JOIN dim_unit u ON u.unit_id = c.credited_unit_id
        LEFT JOIN dim_employee e ON e.employee_id = c.employee_id
        WHERE (m.visit_id IS NOT NULL OR l.visit_id IS NOT NULL) {beyond}
        ORDER BY c.visited_on, c.visit_id LIMIT {parameters.add(limit + 1)}"""
    cursor = connection.execute(statement, parameters.values)
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    items = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    return items, (items[-1]["visited_on"], items[-1]["visit_id"]) if len(rows) > limit else None
