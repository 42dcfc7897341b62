"""Files that show that a proposal is right."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.command import Command
from chassis.files import keep_file, release_file
from chassis.media_types import CSV, DOCX, GIF, JPEG, PDF, PNG, TEXT, WEBP, XLSX
from chassis.refusals import UnknownReference
from chassis.work import UnitOfWork

from customer.change_requests.model import Evidence

MAX_BYTES = 10 * 1024 * 1024
MEDIA_TYPES = frozenset({PDF, PNG, JPEG, GIF, WEBP, XLSX, DOCX, CSV, TEXT})
"""Documents and pictures, nothing that a browser would run."""
UNNAMED_FOR = timedelta(days=7)


class UploadEvidence(Command):
    """Keep a file that has been uploaded, until a request names it."""

    file_id: str


async def upload_evidence(command: UploadEvidence, work: UnitOfWork) -> Evidence:
    """The evidence, which no request names yet."""
    identifier = Evidence.new_id()
    file = await keep_file(work.store, command.file_id, owner=identifier)
    evidence = Evidence(
        id=identifier,
        file_id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        uploader_id=work.principal.employee_id,
        unnamed_since=work.now,
        created_at=work.now,
    )
    work.add(evidence)
    return evidence


async def name_evidence(ids: Sequence[str], request_id: str, present: Sequence[str], work: UnitOfWork) -> list[str]:
    """Let a request name these files and no others; violations are collected. The ids, each once."""
    wanted = list(dict.fromkeys(ids))
    found = {one.id: one for one in await work.survey(Evidence, {"_id": {"$in": [*wanted, *present]}})}
    for position, identifier in enumerate(wanted):
        one = found.get(identifier)
        if (
            one is None
            or one.removed_at is not None
            or one.request_id not in (None, request_id)
            or one.uploader_id != work.principal.employee_id
        ):
            work.violate(f"evidence[{position}]", UnknownReference.code, f"{identifier} is no file that you can name")
        elif one.request_id is None:
            one.request_id, one.unnamed_since = request_id, None
            work.save(one)
    for identifier in present:
        if identifier not in wanted and identifier in found:
            await remove_evidence(found[identifier], work)
    return wanted


async def remove_evidence(evidence: Evidence, work: UnitOfWork) -> None:
    """Take a file away for good."""
    if evidence.removed_at is None:
        evidence.removed_at, evidence.name, evidence.unnamed_since = work.now, None, None
        await release_file(work.store, evidence.file_id, owner=evidence.id, at=work.now)
        work.save(evidence)
