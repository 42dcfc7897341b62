"""`terrain relay`: whether events leave the journals."""

import asyncio

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, print_json, print_table


def relay(data_dir: DataDirOption = DATA_DIR, as_json: JsonOption = False) -> None:
    """Show unpublished journal rows, the age of the oldest, and who holds each service's leases."""
    from terrain.addresses import addresses
    from terrain.relays import relay_states

    states = asyncio.run(relay_states(addresses(data_dir)))
    if as_json:
        print_json({"relays": [vars(state) for state in states]})
        return
    rows = []
    for state in states:
        held = ", ".join(f"{lease['name']}: {lease['holder']}" for lease in state.leases if lease["held"])
        rows.append((state.service, state.unpublished, state.oldest_seconds, held or None))
    print_table(("service", "unpublished", "oldest_seconds", "held by"), rows)
