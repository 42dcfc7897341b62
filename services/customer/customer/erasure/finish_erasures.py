"""The last traces of an erased person: words in the journal and in the audit trail, once the erasure itself is sealed."""

import asyncio

from chassis.audit import forget
from chassis.journal import JOURNAL, Cause
from chassis.logs import logger
from chassis.mongo import Database
from chassis.parts import Context
from chassis.principal import SystemPrincipal
from chassis.work import UnitOfWork

from customer.contacts.model import Contact
from customer.erasure.model import ErasureState

EVERY_S = 1.0
_TOGETHER = 20

_log = logger("erasure")


async def finish_erasures(context: Context) -> None:
    """Finish the erasures that are running, for as long as the service runs."""
    while True:
        unfinished = await (
            context.database.collection(Contact.COLLECTION)
            .find({"erasure.state": ErasureState.RUNNING.value})
            .limit(_TOGETHER)
            .to_list(None)
        )
        for document in unfinished:
            await _finish(Contact.load(document), context)
        await asyncio.sleep(EVERY_S)


async def _finish(contact: Contact, context: Context) -> None:
    assert contact.erasure is not None, "only erased contacts are looked for"
    aggregates = sorted({part.aggregate_id for part in contact.erasure.parts if part.aggregate_id})
    if not await _sealed(context.database, aggregates):
        return
    await forget(context.database, *aggregates)

    async def complete(work: UnitOfWork) -> None:
        erased = await work.find_one(Contact, {"_id": contact.id})
        if erased is not None and erased.complete_erasure(work.now):
            work.save(erased)

    await context.works.run(
        complete,
        principal=SystemPrincipal("customer.erasure"),
        cause=Cause(command=finish_erasures.__name__),
        locks=[contact.id],
    )
    _log.info("erased", contact_id=contact.id, aggregates=len(aggregates))


async def _sealed(database: Database, aggregates: list[str]) -> bool:
    """True when all that was written about them is in the audit trail."""
    for aggregate_id in aggregates:
        if await database.collection(JOURNAL).find_one({"aggregate_id": aggregate_id, "unsealed": True}):
            return False
    return True
