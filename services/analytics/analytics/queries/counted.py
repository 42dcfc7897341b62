"""The relations behind the figures about visits: which visits count, what they detailed, what they left."""

from chassis.principal import Principal

from analytics.queries.question import NO_PRODUCT, Filters
from analytics.queries.visible import Parameters, meant, visible_visits

COUNTED = "('confirmed', 'locked')"
"""States of a visit whose report and stock are committed: only these are figures."""
HELD = "('checked_in', 'checked_out', 'submitted', 'returned', 'confirmed', 'locked')"
"""States of a visit that took place, whatever became of its report."""


def chosen_visits(filters: Filters, principal: Principal, parameters: Parameters, *, states: str = COUNTED) -> str:
    """A query of the visible visits that the filters mean (the product apart), in one of `states`."""
    conditions = [f"state IN {states}", "visited_on IS NOT NULL"]
    if filters.start is not None:
        conditions.append(f"visited_on >= {parameters.add(filters.start)}")
    if filters.end is not None:
        conditions.append(f"visited_on < {parameters.add(filters.end)}")
    if filters.within_unit_id is not None:
        conditions.append(f"contains(credited_path, '/' || {parameters.add(filters.within_unit_id)} || '/')")
    if filters.account_id is not None:
        conditions.append(f"account_id = {meant(filters.account_id, parameters)}")
    for column, value in (
        ("credited_unit_id", filters.unit_id),
        ("employee_id", filters.employee_id),
        ("grade", filters.grade),
        ("kind", filters.kind),
    ):
        if value is not None:
            conditions.append(f"{column} = {parameters.add(value)}")
    return f"SELECT * FROM ({visible_visits(principal, parameters)}) WHERE {' AND '.join(conditions)}"


def detailed(visits: str, columns: str) -> str:
    """A query of `columns` and `product_id` of relation `visits`: a row per product detailed, or one without product."""
    return f"""SELECT {columns}, unnest(CASE WHEN len(products) > 0
        THEN list_distinct(list_transform(products, lambda p: p.product_id)) ELSE [NULL] END) AS product_id FROM {visits}"""


def dropped(visits: str, columns: str) -> str:
    """A query of `columns`, `lot_id`, `contact_id`, `quantity`, `material_id`, `product_id`: a row per line left behind."""
    return f"""SELECT line.*, lot.material_id, material.product_id
        FROM (SELECT {columns}, unnest(materials, recursive := true) FROM {visits} WHERE len(materials) > 0) line
        LEFT JOIN dim_lot lot ON lot.lot_id = line.lot_id
        LEFT JOIN dim_material material ON material.material_id = lot.material_id"""


def product_condition(filters: Filters, parameters: Parameters) -> str:
    """What rows with a `product_id` must fulfil."""
    if filters.product_id is None:
        return "true"
    if filters.product_id == NO_PRODUCT:
        return "product_id IS NULL"
    return f"product_id = {parameters.add(filters.product_id)}"
