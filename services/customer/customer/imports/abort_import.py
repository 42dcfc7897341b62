"""Stop an import."""

from chassis.command import Command
from chassis.files import release_file
from chassis.jobs import abort_job
from chassis.work import UnitOfWork
from contracts.ids import ImportId

from customer.imports.model import Import


class AbortImport(Command):
    """Stop an import that has not ended; what its batches have written stays written."""

    import_id: ImportId


async def abort_import(command: AbortImport, work: UnitOfWork) -> Import:
    """The import afterwards.

    Raises: NotFound, JobFinished.
    """
    job = await work.get(Import, command.import_id)
    await abort_job(job, work)
    await release_file(work.store, job.file_id, owner=job.id, at=work.now)
    return job
