"""The star schema. One row per aggregate in the tables (its latest state), so that an event replaces exactly one row.

What lies inside an aggregate (attendees and products of a visit, departments of an institution) is stored with it as a
list and shown as a fact or dimension of its own by a view. Dimensions keep every version in `<name>_history`
(`valid_from` = time of the event, `sequence` = the aggregate's own counter). Instants are UTC without an offset, because
DuckDB's zoned type needs the reader's zone; business dates are dates in the organisation's time zone, as events carry them.
"""

from dataclasses import dataclass

SCHEMA_VERSION = 3
"""Raised whenever the tables or the meaning of a column change: a file of another version is rebuilt."""


VERSION_COLUMNS = {"sequence": "BIGINT", "valid_from": "TIMESTAMP"}
"""What every row says of the event that made it."""


@dataclass(frozen=True, eq=False)
class Mart:
    """A table of one row per aggregate. `key` is its first column; `history` keeps all versions in a second table."""

    name: str
    columns: dict[str, str]
    history: bool = False

    @property
    def key(self) -> str:
        """The column that names the aggregate."""
        return next(iter(self.columns))

    @property
    def types(self) -> list[str]:
        """The types of a row's values, those of `VERSION_COLUMNS` last."""
        return [*self.columns.values(), *VERSION_COLUMNS.values()]

    @property
    def history_name(self) -> str:
        """The table of all versions."""
        return f"{self.name}_history"


DIM_UNIT = Mart(
    "dim_unit",
    {"unit_id": "VARCHAR", "name": "VARCHAR", "kind": "VARCHAR", "parent_id": "VARCHAR", "path": "VARCHAR"},
    history=True,
)
DIM_EMPLOYEE = Mart(
    "dim_employee",
    {
        "employee_id": "VARCHAR",
        "username": "VARCHAR",
        "roles": "VARCHAR[]",
        "unit_id": "VARCHAR",
        "unit_path": "VARCHAR",
        "position_from": "DATE",
        "position_to": "DATE",
    },
    history=True,
)
DIM_ACCOUNT = Mart(
    "dim_account",
    {
        "account_id": "VARCHAR",
        "name": "VARCHAR",
        "kind": "VARCHAR",
        "grade": "VARCHAR",
        "division_code": "VARCHAR",
        "beds": "BIGINT",
        "outpatient_visits": "BIGINT",
        "unit_id": "VARCHAR",
        "unit_path": "VARCHAR",
        "stage": "VARCHAR",
        "departments": "STRUCT(department_id VARCHAR, name VARCHAR, specialty VARCHAR, outpatient_visits BIGINT, discharges BIGINT)[]",
        "visible": "STRUCT(line VARCHAR, path VARCHAR)[]",
        "survivor_of": "VARCHAR",
    },
    history=True,
)
DIM_CONTACT = Mart(
    "dim_contact",
    {
        "contact_id": "VARCHAR",
        "title": "VARCHAR",
        "specialty": "VARCHAR",
        "affiliations": "STRUCT(affiliation_id VARCHAR, account_id VARCHAR, department_id VARCHAR, role VARCHAR, "
        "is_primary BOOLEAN, valid_from DATE, valid_to DATE)[]",
    },
    history=True,
)
DIM_PRODUCT = Mart(
    "dim_product",
    {"product_id": "VARCHAR", "name": "VARCHAR", "line": "VARCHAR", "manufacturer": "VARCHAR", "own": "BOOLEAN"},
    history=True,
)
DIM_MATERIAL = Mart(
    "dim_material",
    {
        "material_id": "VARCHAR",
        "name": "VARCHAR",
        "class": "VARCHAR",
        "unit_value": "BIGINT",
        "currency": "VARCHAR",
        "product_id": "VARCHAR",
    },
    history=True,
)
DIM_LOT = Mart(
    "dim_lot",
    {"lot_id": "VARCHAR", "material_id": "VARCHAR", "number": "VARCHAR", "expires_on": "DATE"},
    history=True,
)
DIM_LOCATION = Mart(
    "dim_location",
    {
        "location_id": "VARCHAR",
        "kind": "VARCHAR",
        "name": "VARCHAR",
        "unit_id": "VARCHAR",
        "employee_id": "VARCHAR",
        "account_id": "VARCHAR",
    },
    history=True,
)
FACT_VISIT = Mart(
    "fact_visit",
    {
        "visit_id": "VARCHAR",
        "account_id": "VARCHAR",
        "employee_id": "VARCHAR",
        "credited_unit_id": "VARCHAR",
        "credited_path": "VARCHAR",
        "state": "VARCHAR",
        "attempt": "INTEGER",
        "planned_at": "TIMESTAMP",
        "visited_on": "DATE",
        "checked_in_at": "TIMESTAMP",
        "checked_out_at": "TIMESTAMP",
        "contact_ids": "VARCHAR[]",
        "attendees": "VARCHAR[]",
        "products": "STRUCT(product_id VARCHAR, reaction VARCHAR)[]",
        "materials": "STRUCT(lot_id VARCHAR, contact_id VARCHAR, quantity BIGINT)[]",
    },
)
FACT_STOCK_MOVEMENT = Mart(
    "fact_stock_movement",
    {
        "balance_id": "VARCHAR",
        "movement_id": "VARCHAR",
        "kind": "VARCHAR",
        "quantity": "BIGINT",
        "moved_at": "TIMESTAMP",
        "visit_id": "VARCHAR",
        "contact_id": "VARCHAR",
        "material_id": "VARCHAR",
        "lot_id": "VARCHAR",
        "location_id": "VARCHAR",
        "location_kind": "VARCHAR",
        "on_hand": "BIGINT",
        "available": "BIGINT",
    },
)
"""One row per leg (never replaced): the legs of a movement sum to zero, those of a balance to its `on_hand`."""

SNAPSHOTS: tuple[Mart, ...] = (
    DIM_UNIT,
    DIM_EMPLOYEE,
    DIM_ACCOUNT,
    DIM_CONTACT,
    DIM_PRODUCT,
    DIM_MATERIAL,
    DIM_LOT,
    DIM_LOCATION,
    FACT_VISIT,
)
"""Tables whose rows are replaced by newer ones."""

HASHED: tuple[str, ...] = (
    *(mart.name for mart in SNAPSHOTS),
    *(mart.history_name for mart in SNAPSHOTS if mart.history),
    FACT_STOCK_MOVEMENT.name,
    "progress",
)
"""Tables that a rebuild from zero must reproduce; places are left out, as they tell of the journey and not of the facts."""

_VIEWS = (
    # What an institution's id means today, for those that were merged; facts keep the id that they were recorded with.
    """CREATE VIEW account_survivor AS WITH RECURSIVE way(account_id, survivor_id) AS (
        SELECT account_id, survivor_of FROM dim_account WHERE survivor_of IS NOT NULL
        UNION SELECT way.account_id, a.survivor_of FROM way JOIN dim_account a ON a.account_id = way.survivor_id
            WHERE a.survivor_of IS NOT NULL
    ) SELECT way.account_id, way.survivor_id FROM way JOIN dim_account a ON a.account_id = way.survivor_id
        WHERE a.survivor_of IS NULL""",
    # Order and reaction of each product detailed in a visit.
    """CREATE VIEW fact_detailing AS
    SELECT visit_id, unnest(range(1, len(products) + 1)) AS position,
           unnest(list_transform(products, lambda p: p.product_id)) AS product_id,
           unnest(list_transform(products, lambda p: p.reaction)) AS reaction
    FROM fact_visit WHERE len(products) > 0""",
    "CREATE VIEW fact_attendance AS SELECT visit_id, unnest(list_distinct(attendees)) AS contact_id FROM fact_visit",
    # Units of a lot left with a contact in a visit.
    """CREATE VIEW fact_drop AS SELECT visit_id, unnest(range(1, len(materials) + 1)) AS position,
           unnest(materials, recursive := true) FROM fact_visit WHERE len(materials) > 0""",
    "CREATE VIEW dim_department AS SELECT account_id, unnest(departments, recursive := true) FROM dim_account",
    "CREATE VIEW dim_affiliation AS SELECT contact_id, unnest(affiliations, recursive := true) FROM dim_contact",
)


def ddl() -> list[str]:
    """The statements that make an empty star schema."""
    statements = [
        """CREATE TABLE places (topic VARCHAR, partition INTEGER, next_offset BIGINT NOT NULL,
            sent_at TIMESTAMP, event_at TIMESTAMP, PRIMARY KEY (topic, partition))""",
        "CREATE TABLE progress (aggregate VARCHAR PRIMARY KEY, sequence BIGINT NOT NULL)",
        "CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
    ]
    for mart in SNAPSHOTS:
        statements.append(_table(mart.name, mart, key=True))
        if mart.history:
            statements.append(_table(mart.history_name, mart, key=False))
    statements.append(_table(FACT_STOCK_MOVEMENT.name, FACT_STOCK_MOVEMENT, key=False))
    statements.extend(_VIEWS)
    return statements


def _table(name: str, mart: Mart, *, key: bool) -> str:
    columns = [f'"{column}" {type_}' for column, type_ in mart.columns.items()]
    columns += [f"{column} {type_} NOT NULL" for column, type_ in VERSION_COLUMNS.items()]
    if key:
        columns[0] += " PRIMARY KEY"
    return f"CREATE TABLE {name} ({', '.join(columns)})"
