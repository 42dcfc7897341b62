"""What happened at one institution lately: the analytics part of its 360-degree view."""

from datetime import date, timedelta
from typing import Any

import duckdb
from chassis.principal import Principal
from chassis.refusals import NotFound

from analytics.queries.counted import chosen_visits
from analytics.queries.question import Filters
from analytics.queries.visible import Parameters, meant, visible_accounts

DAYS = 365

FORMULA = {
    "visits": f"number of confirmed (or since locked) visits in the last {DAYS} days, today included",
    "contacts_reached": "number of distinct attendees of these visits",
    "materials_dropped": "sum of units disbursed in these visits",
    "last_visit_on": "business date of the latest confirmed visit, however long ago",
}


def account_summary(
    connection: duckdb.DuckDBPyConnection, account_id: str, principal: Principal, *, today: date
) -> dict[str, Any]:
    """`{account_id, from, to, visits, contacts_reached, materials_dropped, last_visit_on}` of the visits in scope; of the survivor when it was merged.

    Raises: NotFound when the institution is absent or out of scope.
    """
    parameters = Parameters()
    own = meant(account_id, parameters)
    known = f"SELECT account_id FROM ({visible_accounts(principal, parameters)}) WHERE account_id = {own}"
    found = connection.execute(known, parameters.values).fetchall()
    if not found:
        raise NotFound(f"{account_id} does not exist")
    account_id = found[0][0]
    parameters = Parameters()
    visits = chosen_visits(Filters(account_id=account_id), principal, parameters)
    start, end = today - timedelta(days=DAYS - 1), today + timedelta(days=1)
    recent = f"visited_on >= {parameters.add(start)} AND visited_on < {parameters.add(end)}"
    statement = f"""SELECT count(*) FILTER ({recent}),
            coalesce(len(list_distinct(flatten(list(attendees) FILTER ({recent})))), 0),
            coalesce(sum(list_sum(list_transform(materials, lambda m: m.quantity))) FILTER ({recent}), 0),
            max(visited_on)
        FROM ({visits})"""
    counted, reached, dropped, last = connection.execute(statement, parameters.values).fetchall()[0]
    return {
        "account_id": account_id,
        "from": start,
        "to": end,
        "visits": counted,
        "contacts_reached": reached,
        "materials_dropped": dropped,
        "last_visit_on": last,
    }
