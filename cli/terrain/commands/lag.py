"""`terrain lag`: how far the services' reactions are behind."""

import asyncio

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, print_json, print_table


def lag(data_dir: DataDirOption = DATA_DIR, as_json: JsonOption = False) -> None:
    """Show the records that each consumer group has still to read, per topic.

    Analytics reads without a group: its own lag is `terrain_consumer_lag` among its metrics.
    """
    from terrain.addresses import addresses
    from terrain.lag import lags

    rows = asyncio.run(lags(addresses(data_dir)))
    if as_json:
        print_json({"total": sum(row.lag for row in rows), "lag": [vars(row) for row in rows]})
    else:
        print_table(("group", "topic", "lag"), ((row.group, row.topic, row.lag) for row in rows))
