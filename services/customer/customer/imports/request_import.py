"""Hand a table in."""

from chassis.command import Command
from chassis.files import keep_file
from chassis.jobs import AskedBy, start_progress
from chassis.work import UnitOfWork
from contracts.values import ImportKind, ImportMode, Stamp

from customer.imports.model import Import
from customer.imports.requests import violations_of
from customer.imports.texts import trimmed


class RequestImport(Command):
    """Import an uploaded table: which columns stand for which fields, and what stands where a cell is empty."""

    file_id: str
    kind: ImportKind
    mode: ImportMode
    dry_run: bool = False
    atomic: bool = False
    mapping: dict[str, str]
    defaults: dict[str, str]


async def request_import(command: RequestImport, work: UnitOfWork) -> Import:
    """The import, which waits for its turn.

    Raises: RuleBroken with every violation.
    """
    mapping = {trimmed(column): field for column, field in command.mapping.items()}
    work.collect(violations_of(command.kind, command.mode, mapping, command.defaults))
    work.check()
    job = Import(
        id=Import.new_id(),
        kind=command.kind,
        mode=command.mode,
        dry_run=command.dry_run,
        atomic=command.atomic,
        file_id=command.file_id,
        asked_by=AskedBy.of(work.principal),
        created_at=work.now,
        visible=[Stamp(path=work.principal.unit_path or "/")],
    )
    file = await keep_file(work.store, command.file_id, owner=job.id)
    work.add(job, job.requested())
    marks = {
        "file": {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256},
        "mapping": list(mapping.items()),
        "defaults": list(command.defaults.items()),
    }
    await start_progress(work, job, marks=marks)
    return job
