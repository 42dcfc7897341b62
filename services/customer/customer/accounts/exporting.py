"""Institutions as a table: the columns are called as an import calls its fields, and then what only the list knows."""

from chassis.http.export import Column, columns_of

COLUMNS: tuple[Column, ...] = (
    *columns_of("id", "name", "kind", "grade", "code", "division_code", "address", "telephone"),
    *columns_of("location.lat", "location.lon", "beds", "outpatient_visits", "discharges", "tags", "unit_id"),
    Column("departments", lambda account: "; ".join(one.name for one in account.departments)),
    *columns_of("unit_path", "parent_id", "stage", "created_at", "recorded_at", "version"),
)
