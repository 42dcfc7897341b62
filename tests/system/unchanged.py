"""Showing that nothing was stored: the counts of every collection of every service, before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import MongoClient
from terrain.local import state
from terrain.local.processes import database_of

from tests.system.company import Company
from tests.system.installation import eventually

_OF_THE_HOUSE = {"audit", "leases", "processes", "progress"}
"""Written by relay, reactions and the processes themselves, whatever clients do."""

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
    last: list[Counts] = []

    def quiet() -> bool:
        last.append(counts_of(company))
        return len(last) > 3 and last[-1] == last[-2] == last[-3] == last[-4]

    eventually(quiet, what="an end of what went on before")
