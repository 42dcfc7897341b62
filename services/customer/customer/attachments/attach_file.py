"""Attach an uploaded file to an institution."""

from chassis.command import Command
from chassis.files import keep_file
from chassis.refusals import Conflict
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.attachments.model import MAX_ATTACHMENTS, Attachment


class TooManyAttachments(Conflict):
    """An institution is no archive."""

    code = "too_many_attachments"
    title = f"An institution has at most {MAX_ATTACHMENTS} attachments"


class AttachFile(Command):
    """Keep a file that has been uploaded."""

    account_id: str
    file_id: str


async def attach_file(command: AttachFile, work: UnitOfWork) -> Attachment:
    """The attachment. Raises: NotFound, TooManyAttachments."""
    account = await work.get(Account, command.account_id)
    await work.require(account)
    there = await work.find(Attachment, {"account_id": account.id, "removed_at": None}, limit=MAX_ATTACHMENTS)
    if len(there) >= MAX_ATTACHMENTS:
        raise TooManyAttachments
    identifier = Attachment.new_id()
    file = await keep_file(work.store, command.file_id, owner=identifier)
    attachment = Attachment(
        id=identifier,
        account_id=account.id,
        file_id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        author_id=work.principal.employee_id,
        created_at=work.now,
        visible=account.visible,
    )
    work.add(attachment, attachment.attached())
    return attachment
