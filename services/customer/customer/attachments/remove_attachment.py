"""Remove an attachment."""

from chassis.command import Command
from chassis.files import release_file
from chassis.refusals import NotFound
from chassis.work import UnitOfWork

from customer.attachments.model import Attachment


class RemoveAttachment(Command):
    """Take a file away from an institution, for good."""

    account_id: str
    attachment_id: str


async def remove_attachment(command: RemoveAttachment, work: UnitOfWork) -> Attachment:
    """The attachment afterwards; its content goes with the next sweep. Raises: NotFound, Stale."""
    attachment = await work.get(Attachment, command.attachment_id)
    if attachment.account_id != command.account_id or attachment.removed_at is not None:
        raise NotFound(f"{command.attachment_id} does not exist")
    work.save(attachment, attachment.remove(work.now))
    await release_file(work.store, attachment.file_id, owner=attachment.id, at=work.now)
    return attachment
