"""Showing that nothing was stored: the counts of every collection of every service, before and after."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import MongoClient
from terrain.local import state
from terrain.local.processes import database_of

from tests.system.company import Company
from tests.system.installation import eventually

_OF_THE_HOUSE = {"audit", "leases", "processes", "progress"}
"""Written by relay, reactions and the processes themselves, whatever clients do."""

_QUIET_S = 1.0
"""Longer than anything that is still on its way takes to be stored."""

Counts = dict[str, int]


def counts_of(company: Company) -> Counts:
    """Documents by `service.collection`; every change of an aggregate is one more in its service's `journal`."""
    run = state.read(company.installation.layout.run_file)
    assert run is not None
    counts: Counts = {}
    with MongoClient[dict[str, object]](run.mongodb_uri) as client:
        for service in ("customer", "visits", "promotion", "gateway"):
            database = client[database_of(service)]
            for name in database.list_collection_names():
                if name not in _OF_THE_HOUSE:
                    counts[f"{service}.{name}"] = database[name].count_documents({})
    return counts


@contextmanager
def nothing_stored(company: Company) -> Iterator[None]:
    """The block stores nothing anywhere."""
    before = counts_of(company)
    yield
    after = counts_of(company)
    assert after == before, {name: (before.get(name), after[name]) for name in after if after[name] != before.get(name)}


def settle(company: Company) -> None:
    """Wait until what was stored before has reached everybody."""
    last, since = counts_of(company), time.monotonic()

    def quiet() -> bool:
        nonlocal last, since
        found = counts_of(company)
        if found != last:
            last, since = found, time.monotonic()
        return time.monotonic() - since > _QUIET_S

    eventually(quiet, what="an end of what went on before")
